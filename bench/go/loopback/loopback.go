// Package loopback keeps the benchmark on this machine.
package loopback

import (
	"fmt"
	"net"
)

// Check takes HOST:PORT, and refuses every host but an IP address of the loopback interface. Names are refused too: what they
// stand for is somebody else's word.
func Check(hostPort string) error {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return fmt.Errorf("%q is not an address with a port: %w", hostPort, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is no loopback address: only 127.0.0.0/8 and [::1] are measured", host)
	}
	return nil
}
