#!/usr/bin/env bats
# The scripts of deploy/petstore-demo as far as they need no cluster: arguments, the range of MetalLB's pool, what Helm and docker are asked. kubectl, helm,
# docker and linkerd are stand-ins.

setup() {
  DEMO="$BATS_TEST_DIRNAME/../../../deploy/petstore-demo"
  BIN="$BATS_TEST_TMPDIR/bin"
  CALLS="$BATS_TEST_TMPDIR/calls"
  mkdir "$BIN"
  : >"$CALLS"
  # Nothing but these and the system's own tools.
  for tool in bash env dirname basename mktemp rm mv awk sed cat tr grep head sleep uname sort wc paste cut chmod mkdir ls; do ln -s "$(command -v "$tool")" "$BIN/$tool"; done
  PATH="$BIN"
  # What goes on where it should have stopped is to fail soon.
  QUICK=(--timeout 1)
  VERSION="$BATS_TEST_TMPDIR/version"
  echo '{"major": "1", "minor": "35+", "gitVersion": "v1.35.4"}' >"$VERSION"
  stand_in kubectl "case \"\$*\" in
      *'--raw /version'*) cat '$VERSION' ;;
      *'version --client'*) echo 'Client Version: v1.35.4' ;;
      *can-i*) echo yes ;;
      *'get deployments'*) if [ -f '$BATS_TEST_TMPDIR/installed' ]; then echo deployment.apps/metallb-controller; fi ;;
      *'--filename -'*) cat >>'$BATS_TEST_TMPDIR/applied' ;;
    esac"
  stand_in helm 'case "$*" in version*) echo "version.BuildInfo{Version:\"v3.22.0\", GoVersion:\"go1.26.8\"}" ;; esac'
  stand_in docker 'case "$*" in *inspect*) printf "fc00:f853:ccd:e793::/64\n172.18.0.0/16\n\n" ;; *) echo "Docker version 28.1.1" ;; esac'
  stand_in linkerd 'case "$*" in version*) echo "Client version: edge-26.10.1" ;; esac'
  stand_in curl 'echo "curl 8.5.0 (x86_64-pc-linux-gnu) libcurl/8.5.0 OpenSSL/3.0.13"'
}

# stand_in NAME BODY: it writes down how it was called first.
stand_in() {
  rm -f "$BIN/$1"
  printf '#!/bin/sh\necho "%s $*" >>"%s"\n%s\n' "$1" "$CALLS" "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

# never grep's arguments: what they look for is not there. (bash does not end a test at a command behind an exclamation mark.)
never() {
  if grep -q "$@"; then return 1; fi
}

# range SUBNET
range() {
  bash -c '. "$1"; pool_range "$2"' lib "$DEMO/lib.sh" "$1"
}

# --- Arguments ---

@test "every script explains itself with --help and ends with 0" {
  for script in deploy doctor install-metallb; do
    run "$DEMO/$script.sh" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"Usage: $script.sh"* ]]
    [[ "$output" == *"Ends with 0"* ]]
    [[ "$output" != *"set -euo"* ]]
  done
}

@test "an unknown argument is named, status 2" {
  for script in deploy doctor install-metallb; do
    run "$DEMO/$script.sh" --no-such-option
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown argument '--no-such-option'"* ]]
  done
}

@test "an option without its value is named, status 2" {
  for option in --skip --image --control-charts --metallb-chart --metallb-range --context --timeout --ingress; do
    run "$DEMO/deploy.sh" "$option"
    [ "$status" -eq 2 ]
    [[ "$output" == *"$option needs a value"* ]]
  done
  for option in --chart --manifest --network --range; do
    run "$DEMO/install-metallb.sh" "$option"
    [ "$status" -eq 2 ]
    [[ "$output" == *"$option needs a value"* ]]
  done
  run "$DEMO/doctor.sh" --only
  [ "$status" -eq 2 ]
}

@test "a value may stand behind an equals sign, for every option" {
  run "$DEMO/deploy.sh" --skip=metalb
  [ "$status" -eq 2 ]
  [[ "$output" == *"there is no step 'metalb'"* ]]
  run "$DEMO/doctor.sh" --only=everything
  [ "$status" -eq 2 ]
  [[ "$output" == *"there is no check 'everything'"* ]]
  run "$DEMO/install-metallb.sh" --range=172.18.255.200
  [ "$status" -eq 2 ]
  [[ "$output" == *"wants FIRST-LAST"* ]]
  run "$DEMO/deploy.sh" --image=
  [ "$status" -eq 2 ]
  [[ "$output" == *"--image needs a value"* ]]
  run "$DEMO/doctor.sh" --json=yes
  [ "$status" -eq 2 ]
  [[ "$output" == *"--json takes no value"* ]]
  run "$DEMO/install-metallb.sh" --dry-run --range=10.0.0.10-10.0.0.20
  [ "$status" -eq 0 ]
  [[ "$output" == *"10.0.0.10-10.0.0.20"* ]]
}

@test "values that make no sense are refused, status 2" {
  run "$DEMO/deploy.sh" --timeout 5m
  [ "$status" -eq 2 ]
  [[ "$output" == *"wants seconds"* ]]
  run "$DEMO/deploy.sh" --ingress localhost
  [ "$status" -eq 2 ]
  [[ "$output" == *"wants a URL"* ]]
  run "$DEMO/install-metallb.sh" --range 172.18.255.200
  [ "$status" -eq 2 ]
  [[ "$output" == *"wants FIRST-LAST"* ]]
  run "$DEMO/install-metallb.sh" --manifest /no/such/file
  [ "$status" -eq 2 ]
  run "$DEMO/doctor.sh" --dry-run
  [ "$status" -eq 2 ]
}

@test "an unknown step or check is answered with those that there are, status 2" {
  run "$DEMO/deploy.sh" --skip metalb
  [ "$status" -eq 2 ]
  [[ "$output" == *"there are: prerequisites linkerd metallb echo mcp mesh access"* ]]
  run "$DEMO/doctor.sh" --only everything
  [ "$status" -eq 2 ]
  [[ "$output" == *"there are: addresses injection mtls opaque-ports trigger petstore connection latency"* ]]
}

@test "nothing of a run is left in the folder for temporary files" {
  mkdir "$BATS_TEST_TMPDIR/tmp"
  TMPDIR="$BATS_TEST_TMPDIR/tmp" run "$DEMO/deploy.sh" --no-such-option
  TMPDIR="$BATS_TEST_TMPDIR/tmp" run "$DEMO/install-metallb.sh" --dry-run
  [ "$status" -eq 0 ]
  [ -z "$(ls "$BATS_TEST_TMPDIR/tmp")" ]
}

# --- The range ---

@test "a /16 gives x.y.255.200-250, a /24 gives x.y.z.200-250" {
  [ "$(range 172.18.0.0/16)" = 172.18.255.200-172.18.255.250 ]
  [ "$(range 192.168.97.0/24)" = 192.168.97.200-192.168.97.250 ]
  [ "$(range 10.1.2.0/24)" = 10.1.2.200-10.1.2.250 ]
}

@test "other sizes give the end of their last /24" {
  [ "$(range 172.16.0.0/12)" = 172.31.255.200-172.31.255.250 ]
  [ "$(range 10.0.0.0/8)" = 10.255.255.200-10.255.255.250 ]
  [ "$(range 10.89.4.0/22)" = 10.89.7.200-10.89.7.250 ]
  [ "$(range 172.20.128.0/20)" = 172.20.143.200-172.20.143.250 ]
  # The host's own address in the network, as docker may write it.
  [ "$(range 172.18.0.1/16)" = 172.18.255.200-172.18.255.250 ]
}

@test "what is no such network gives no range" {
  for subnet in fc00:f853:ccd:e793::/64 172.18.0.0 172.18.0.0/28 172.18.0.0/33 172.18.0.0/4 999.1.1.1/16 1.2.3/24 '' 'a.b.c.d/16'; do
    run range "$subnet"
    [ "$status" -ne 0 ]
    [ -z "$output" ]
  done
}

@test "the IPv4 range of kind's network is found though IPv6 comes first" {
  run "$DEMO/install-metallb.sh" --dry-run
  [ "$status" -eq 0 ]
  [[ "$output" == *"docker network kind: 172.18.0.0/16, so the pool is 172.18.255.200-172.18.255.250"* ]]
  grep -q '^docker network inspect kind' "$CALLS"
}

@test "another network by name; no docker with --range" {
  run "$DEMO/install-metallb.sh" --dry-run --network other
  [ "$status" -eq 0 ]
  grep -q '^docker network inspect other' "$CALLS"
  rm "$BIN/docker"
  run "$DEMO/install-metallb.sh" --dry-run --range 10.0.0.10-10.0.0.20
  [ "$status" -eq 0 ]
  [[ "$output" == *"10.0.0.10-10.0.0.20"* ]]
}

@test "a network of IPv6 alone, or none at all: status 3 and the ways out" {
  stand_in docker 'echo fc00:f853:ccd:e793::/64'
  run "$DEMO/install-metallb.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  [[ "$output" == *"has no IPv4 subnet, only: fc00:f853:ccd:e793::/64"* ]]
  stand_in docker 'echo "Error response from daemon: network kind not found" >&2; exit 1'
  run "$DEMO/install-metallb.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  [[ "$output" == *"network kind not found"* ]]
  [[ "$output" == *"kind create cluster --config"* ]]
  [[ "$output" == *"--range FIRST-LAST"* ]]
}

# --- MetalLB ---

@test "Helm is given chart, version and layer 2 alone; the pool is applied" {
  # There once helm was asked.
  stand_in helm "case \"\$*\" in version*) echo v3.22.0 ;; upgrade*) : >'$BATS_TEST_TMPDIR/installed' ;; esac"
  run "$DEMO/install-metallb.sh" --context somewhere
  [ "$status" -eq 0 ]
  grep -q '^helm upgrade --install metallb metallb/metallb --namespace metallb-system .*frrk8s.enabled=false .*--version 0.16.2 .*--kube-context somewhere' "$CALLS"
  grep -q 'addresses: \[172.18.255.200-172.18.255.250\]' "$BATS_TEST_TMPDIR/applied"
  [ "$(grep -c '^  name: demo-pool' "$BATS_TEST_TMPDIR/applied")" -eq 2 ]
}

@test "a folder or a manifest has the version it has" {
  stand_in helm "case \"\$*\" in upgrade*) : >'$BATS_TEST_TMPDIR/installed' ;; esac"
  run "$DEMO/install-metallb.sh" --chart "$BATS_TEST_TMPDIR"
  [ "$status" -eq 0 ]
  never -- '--version 0' "$CALLS"
  rm "$BATS_TEST_TMPDIR/installed" "$BIN/helm"
  : >"$BATS_TEST_TMPDIR/metallb-native.yaml"
  run "$DEMO/install-metallb.sh" --timeout 1 --manifest "$BATS_TEST_TMPDIR/metallb-native.yaml"
  grep -q "^kubectl apply --server-side --field-manager mesh-mcp-demo-metallb --filename $BATS_TEST_TMPDIR/metallb-native.yaml" "$CALLS"
}

@test "a MetalLB that runs is left as it is" {
  : >"$BATS_TEST_TMPDIR/installed"
  run "$DEMO/install-metallb.sh" "${QUICK[@]}"
  [ "$status" -eq 0 ]
  [[ "$output" == *"MetalLB runs already: it is left as it is"* ]]
  never '^helm upgrade' "$CALLS"
}

@test "a step that fails says which, and what to try: status 1" {
  stand_in helm 'echo "Error: repo metallb not found" >&2; exit 1'
  run "$DEMO/install-metallb.sh" "${QUICK[@]}"
  [ "$status" -eq 1 ]
  [[ "$output" == *"Error: repo metallb not found"* ]]
  [[ "$output" == *"FAILED: install MetalLB 0.16.2 from metallb/metallb"* ]]
  [[ "$output" == *"Try: helm repo list"* ]]
}

# --- Prerequisites of deploy.sh ---

@test "all that is missing is named at once, each with how to get it: status 3" {
  rm "$BIN/kubectl" "$BIN/helm" "$BIN/docker" "$BIN/linkerd" "$BIN/curl"
  run "$DEMO/deploy.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  for tool in kubectl helm docker linkerd curl; do [[ "$output" == *"there is no $tool on the PATH"* ]]; done
  [ "$(grep -c 'Try: install' <<<"$output")" -eq 5 ]
}

@test "what a skipped step needs is not asked for" {
  rm "$BIN/docker" "$BIN/linkerd"
  run "$DEMO/deploy.sh" --skip linkerd --skip metallb --skip mcp --skip echo --skip mesh
  [ "$status" -eq 0 ]
  [[ "$output" == *"Step 3 of 7: MetalLB: skipped"* ]]
}

@test "versions are shown, and an old helm is refused" {
  run "$DEMO/deploy.sh" "${QUICK[@]}" --image example/a:1 --control-charts there
  [[ "$output" == *"kubectl 1.35.4"* ]]
  [[ "$output" == *"helm 3.22.0"* ]]
  [[ "$output" == *"linkerd 26.10.1"* ]]
  [[ "$output" == *"docker 28.1.1"* ]]
  [[ "$output" == *"cluster 1.35.4"* ]]
  stand_in helm 'echo "version.BuildInfo{Version:\"v3.7.2\"}"'
  run "$DEMO/deploy.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  [[ "$output" == *"helm is 3.7.2"* ]]
}

@test "a cluster that is too old, or does not answer: status 3" {
  echo '{"major": "1", "minor": "28", "gitVersion": "v1.28.0"}' >"$VERSION"
  run "$DEMO/deploy.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  [[ "$output" == *"needs Kubernetes 1.29 or newer, this cluster is 1.28"* ]]
  stand_in kubectl 'echo "connection refused" >&2; exit 1'
  run "$DEMO/doctor.sh"
  [ "$status" -eq 3 ]
  [[ "$output" == *"the cluster does not answer"* ]]
}

@test "image, charts and licence key are asked for together, before anything is made" {
  run "$DEMO/deploy.sh" "${QUICK[@]}"
  [ "$status" -eq 3 ]
  [[ "$output" == *"does not name your registry yet"* ]]
  [[ "$output" == *"--control-charts REF"* ]]
  [[ "$output" == *"COSMONIC_LICENSE_KEY is not set"* ]]
  never apply "$CALLS"
}

@test "a licence key that is none is refused without being shown" {
  COSMONIC_LICENSE_KEY='"planted-key"' run "$DEMO/deploy.sh" "${QUICK[@]}" --image example/a:1 --control-charts there
  [ "$status" -eq 3 ]
  [[ "$output" == *"has characters that no licence key has"* ]]
  [[ "$output" != *planted* ]]
}

@test "a trace does not show the licence key either, and no program inherits it" {
  env >"$BATS_TEST_TMPDIR/env"
  stand_in linkerd "env >'$BATS_TEST_TMPDIR/env'"
  COSMONIC_LICENSE_KEY=planted-key run bash -x "$DEMO/deploy.sh" "${QUICK[@]}" --image example/a:1 --control-charts there --skip metallb --skip echo --skip mesh
  [[ "$output" == *"+ check_prerequisites"* ]]
  [[ "$output" != *planted* ]]
  never planted "$BATS_TEST_TMPDIR/env" "$CALLS"
}

@test "Linkerd that is missing or not well: what to do" {
  stand_in kubectl "case \"\$*\" in *'--raw /version'*) cat '$VERSION' ;; *can-i*) echo yes ;; *'get namespace linkerd '*) exit 1 ;; esac"
  run "$DEMO/deploy.sh" "${QUICK[@]}" --skip mcp
  [ "$status" -eq 3 ]
  [[ "$output" == *"Linkerd is not installed"* ]]
  [[ "$output" == *"linkerd install --crds"* ]]
  stand_in kubectl "case \"\$*\" in *'--raw /version'*) cat '$VERSION' ;; *can-i*) echo yes ;; esac"
  stand_in linkerd 'case "$*" in check*) echo "x certificate config is valid"; exit 1 ;; esac'
  run "$DEMO/deploy.sh" "${QUICK[@]}" --skip mcp
  [ "$status" -eq 1 ]
  [[ "$output" == *"x certificate config is valid"* ]]
  [[ "$output" == *"FAILED: Linkerd is not healthy"* ]]
}

# --- Echo, where docker runs in a virtual machine ---

@test "on macOS echo is asked inside of the cluster where its address leads nowhere" {
  stand_in uname 'echo Darwin'
  stand_in curl 'exit 28'
  stand_in kubectl "case \"\$*\" in
      *'--raw /version'*) cat '$VERSION' ;;
      *can-i*) echo yes ;;
      *loadBalancer*) echo 172.18.255.200 ;;
      *'/services/echo:80/proxy/'*) echo hello there ;;
    esac"
  run "$DEMO/deploy.sh" --skip linkerd --skip metallb --skip mcp "${QUICK[@]}"
  [ "$status" -eq 0 ]
  [[ "$output" == *"this machine has no way to 172.18.255.200, because docker runs in a virtual machine"* ]]
  # Elsewhere that is a failure.
  stand_in uname 'echo Linux'
  run "$DEMO/deploy.sh" --skip linkerd --skip metallb --skip mcp "${QUICK[@]}"
  [ "$status" -eq 1 ]
  [[ "$output" == *"FAILED: ask it"* ]]
}
