// Names a version alone: nothing imports it, so `go mod tidy` would empty this file. See goFiles in ../catalog.ts.
module mesh-mcp/test/system/tools/prometheus-operator-crds

go 1.26.0

require github.com/prometheus-operator/prometheus-operator v0.85.0
