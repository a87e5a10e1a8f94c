// Names a version alone: nothing imports it, so `go mod tidy` would empty this file. See goFiles in ../catalog.ts.
module mesh-mcp/test/system/tools/istio-crds

go 1.25.0

require istio.io/api v1.31.1
