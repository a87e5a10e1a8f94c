// Names a version alone: nothing imports it, so `go mod tidy` would empty this file. See goFiles in ../catalog.ts.
module mesh-mcp/test/system/tools/metallb

go 1.25.0

require go.universe.tf/metallb v0.16.2
