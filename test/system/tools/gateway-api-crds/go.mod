// Names a version alone: nothing imports it, so `go mod tidy` would empty this file. See goFiles in ../catalog.ts.
module mesh-mcp/test/system/tools/gateway-api-crds

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.3
