package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A request that takes longer is an error.
const requestTimeout = 10 * time.Second

// More than any answer of a benchmark.
const maxBodyBytes = 16 << 20

// connection is one client: one request at a time, over one kept-alive connection while the server keeps it.
//
// It writes the same bytes each time and reads with net/http's parser, which costs a fraction of net/http's client: what the load tool
// burns, the server on the same machine lacks.
type connection struct {
	address string
	request []byte
	expect  expectation

	conn   net.Conn
	reader *bufio.Reader
	body   bytes.Buffer
	// The last answer that was read in full and found right: one with the same bytes is right too.
	known            []byte
	knownContentType string

	dials     int
	fullReads int
	bodyBytes int
}

func newConnection(target *url.URL, p plan) *connection {
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST %s HTTP/1.1\r\nHost: %s\r\n", target.RequestURI(), target.Host)
	for _, header := range p.Headers {
		fmt.Fprintf(&request, "%s: %s\r\n", header[0], header[1])
	}
	request.WriteString("Content-Length: " + strconv.Itoa(len(p.Body)) + "\r\n\r\n" + p.Body)
	return &connection{address: target.Host, request: request.Bytes(), expect: p.Expect}
}

// call sends the request once and checks the answer. The time is that from the first byte out to the last byte in, a new connection
// included where one is needed, the check not.
func (c *connection) call() (time.Duration, error) {
	start := time.Now()
	status, contentType, err := c.exchange()
	took := time.Since(start)
	if err == nil {
		err = c.check(status, contentType)
	}
	if err != nil {
		c.close()
	}
	return took, err
}

func (c *connection) exchange() (status int, contentType string, err error) {
	if c.conn == nil {
		if err := c.dial(); err != nil {
			return 0, "", err
		}
	}
	if err := c.conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return 0, "", err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return 0, "", err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	c.body.Reset()
	// To the end and no further than one byte over the limit: only a body that was read to its end leaves the connection usable.
	if _, err := c.body.ReadFrom(io.LimitReader(response.Body, maxBodyBytes+1)); err != nil {
		return 0, "", err
	}
	if c.body.Len() > maxBodyBytes {
		return 0, "", fmt.Errorf("more than %d bytes", maxBodyBytes)
	}
	if response.Close {
		c.close()
	}
	return response.StatusCode, response.Header.Get("Content-Type"), nil
}

func (c *connection) check(status int, contentType string) error {
	if status == http.StatusOK && contentType == c.knownContentType && bytes.Equal(c.body.Bytes(), c.known) {
		return nil
	}
	if err := c.expect.check(status, contentType, c.body.Bytes()); err != nil {
		return err
	}
	c.fullReads++
	c.bodyBytes = c.body.Len()
	c.known = append(c.known[:0], c.body.Bytes()...)
	c.knownContentType = contentType
	return nil
}

func (c *connection) dial() error {
	conn, err := net.DialTimeout("tcp", c.address, requestTimeout)
	if err != nil {
		return err
	}
	c.conn = conn
	c.reader = bufio.NewReaderSize(conn, 64<<10)
	c.dials++
	return nil
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
