#!/usr/bin/env bats
# Arguments, help and statuses of the scripts in deploy/istio/scripts, as far as they need no cluster: kubectl is a stand-in that answers from a file.

setup() {
  SCRIPTS="$BATS_TEST_DIRNAME/../../../deploy/istio/scripts"
  BIN="$BATS_TEST_TMPDIR/bin"
  mkdir "$BIN"
  # No istioctl and no helm: only these, the system's own tools, and the stand-in.
  PATH="$BIN:/usr/bin:/bin"
  VERSION="$BATS_TEST_TMPDIR/version"
  echo '{"major": "1", "minor": "35+"}' >"$VERSION"
  stand_in kubectl "echo \"kubectl \$*\" >>'$BATS_TEST_TMPDIR/calls'
    case \"\$*\" in
      *'--raw /version'*) cat '$VERSION' ;;
      *can-i*) echo yes ;;
    esac"
}

# stand_in NAME BODY
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

@test "every script explains itself with --help and ends with 0" {
  for script in deploy-istio deploy-service-mesh verify-deployment canary-upgrade; do
    run "$SCRIPTS/$script.sh" --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"Usage: $script.sh"* ]]
    [[ "$output" == *"Ends with 0"* ]]
    [[ "$output" != *"set -euo"* ]]
  done
}

@test "an unknown argument is named, status 2" {
  for script in deploy-istio deploy-service-mesh verify-deployment canary-upgrade; do
    run "$SCRIPTS/$script.sh" --no-such-option
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown argument '--no-such-option'"* ]]
  done
}

@test "an option without its value is named, status 2" {
  for option in --overlay --context --timeout; do
    run "$SCRIPTS/deploy-service-mesh.sh" "$option"
    [ "$status" -eq 2 ]
    [[ "$output" == *"$option needs a value"* ]]
  done
  run "$SCRIPTS/deploy-istio.sh" --manifests
  [ "$status" -eq 2 ]
  [[ "$output" == *"--manifests needs a value"* ]]
}

@test "a value for an option that takes none is named, status 2" {
  run "$SCRIPTS/deploy-istio.sh" --dry-run=client
  [ "$status" -eq 2 ]
  [[ "$output" == *"--dry-run takes no value"* ]]
  run "$SCRIPTS/deploy-istio.sh" --keep-crds=yes
  [ "$status" -eq 2 ]
  [[ "$output" == *"--keep-crds takes no value"* ]]
}

@test "a value may stand behind an equals sign, for every option" {
  run "$SCRIPTS/deploy-service-mesh.sh" --overlay=staging
  [[ "$output" == *"no overlay 'staging'"* ]]
  run "$SCRIPTS/deploy-istio.sh" --manifests=/no/such=folder
  [ "$status" -eq 2 ]
  [[ "$output" == *"--manifests wants a folder, '/no/such=folder' is none"* ]]
  run "$SCRIPTS/canary-upgrade.sh" --manifests=/no/such install 1-31-1
  [ "$status" -eq 2 ]
  [[ "$output" == *"--manifests wants a folder, '/no/such' is none"* ]]
  run "$SCRIPTS/deploy-istio.sh" --manifests=
  [ "$status" -eq 2 ]
  [[ "$output" == *"--manifests needs a value"* ]]
  run "$SCRIPTS/deploy-istio.sh" --no-such-option=1
  [ "$status" -eq 2 ]
  [[ "$output" == *"unknown argument '--no-such-option=1'"* ]]
}

@test "an unknown overlay is answered with those that there are" {
  run "$SCRIPTS/deploy-service-mesh.sh" --overlay staging
  [ "$status" -eq 2 ]
  [[ "$output" == *"no overlay 'staging'"* ]]
  for overlay in base dev production multi-cluster chaos; do [[ "$output" == *"$overlay"* ]]; done
}

@test "an overlay is a name, not a path" {
  run "$SCRIPTS/deploy-service-mesh.sh" --overlay ../base
  [ "$status" -eq 2 ]
  [[ "$output" == *"wants a name"* ]]
}

@test "a time-out that is no number of seconds is refused" {
  for value in 5m 0 -1; do
    run "$SCRIPTS/verify-deployment.sh" --timeout "$value"
    [ "$status" -eq 2 ]
    [[ "$output" == *"wants seconds"* ]]
  done
}

@test "two actions at once are refused" {
  run "$SCRIPTS/deploy-istio.sh" deploy uninstall
  [ "$status" -eq 2 ]
  [[ "$output" == *"not both"* ]]
}

@test "the ways to install the control plane exclude each other" {
  run "$SCRIPTS/deploy-istio.sh" --skip-control-plane --manifests "$BATS_TEST_TMPDIR"
  [ "$status" -eq 2 ]
  [[ "$output" == *"exclude each other"* ]]
  run "$SCRIPTS/deploy-istio.sh" --manifests /no/such/folder
  [ "$status" -eq 2 ]
  [[ "$output" == *"'/no/such/folder' is none"* ]]
}

@test "a dry run of verifying makes no sense" {
  run "$SCRIPTS/verify-deployment.sh" --dry-run
  [ "$status" -eq 2 ]
}

@test "canary-upgrade wants a command and a revision" {
  run "$SCRIPTS/canary-upgrade.sh"
  [ "$status" -eq 2 ]
  [[ "$output" == *"status, install, switch or remove"* ]]
  run "$SCRIPTS/canary-upgrade.sh" switch
  [ "$status" -eq 2 ]
  [[ "$output" == *"needs a revision"* ]]
  run "$SCRIPTS/canary-upgrade.sh" switch 1.31.1
  [ "$status" -eq 2 ]
  [[ "$output" == *"not '1.31.1'"* ]]
}

@test "without kubectl: status 3 and where to get it" {
  rm "$BIN/kubectl"
  for tool in bash env dirname basename mktemp rm awk sed cat tr; do ln -s "$(command -v "$tool")" "$BIN/$tool"; done
  PATH="$BIN" run "$SCRIPTS/deploy-istio.sh"
  [ "$status" -eq 3 ]
  [[ "$output" == *"there is no kubectl on the PATH"* ]]
}

@test "a cluster that is too old: status 3, and which versions" {
  echo '{"major": "1", "minor": "31"}' >"$VERSION"
  run "$SCRIPTS/deploy-istio.sh"
  [ "$status" -eq 3 ]
  [[ "$output" == *"needs Kubernetes 1.32 or newer, this cluster is 1.31"* ]]
}

@test "neither istioctl nor helm: status 3 and the ways out" {
  if command -v istioctl helm >/dev/null; then skip "istioctl or helm is in /usr/bin"; fi
  run "$SCRIPTS/deploy-istio.sh"
  [ "$status" -eq 3 ]
  [[ "$output" == *"neither istioctl nor helm"* ]]
  [[ "$output" == *"--manifests DIR"* ]]
  [[ "$output" == *"--skip-control-plane"* ]]
}

@test "istioctl of another minor version: status 3 and both versions" {
  stand_in istioctl 'echo "client version: 1.30.2"'
  run "$SCRIPTS/deploy-istio.sh"
  [ "$status" -eq 3 ]
  [[ "$output" == *"istioctl is of Istio 1.30.2, these manifests are for 1.31"* ]]
}

@test "no rights to install: status 3 and the path without them" {
  stand_in kubectl "case \"\$*\" in *'--raw /version'*) cat '$VERSION' ;; *can-i*) echo no; exit 1 ;; esac"
  run "$SCRIPTS/deploy-istio.sh" --manifests "$BATS_TEST_TMPDIR"
  [ "$status" -eq 3 ]
  [[ "$output" == *"needs cluster-admin"* ]]
  [[ "$output" == *"--namespace-only"* ]]
}

@test "istioctl is given installation file, overlay, context and dry run" {
  stand_in istioctl "echo \"istioctl \$*\" >>'$BATS_TEST_TMPDIR/calls'; case \"\$*\" in version*) echo 1.31.1 ;; esac"
  # The stand-in of kubectl builds no overlay, so the script goes no further than the control plane.
  run "$SCRIPTS/deploy-istio.sh" --dry-run --overlay=dev --context somewhere
  calls=$(cat "$BATS_TEST_TMPDIR/calls")
  [[ "$calls" == *"istioctl install --filename "*"/istio/installation.yaml --filename "*"/istio/installation-dev.yaml --skip-confirmation --dry-run --context somewhere"* ]]
  [[ "$calls" == *"kubectl --context somewhere get --raw /version"* ]]
}

@test "canary-upgrade installs a revision with the istioctl of its version alone, whatever that version is" {
  stand_in istioctl "echo \"istioctl \$*\" >>'$BATS_TEST_TMPDIR/calls'; case \"\$*\" in version*) echo 1.32.0 ;; esac"
  run "$SCRIPTS/canary-upgrade.sh" install 1-31-2
  [ "$status" -eq 3 ]
  [[ "$output" == *"istioctl is of Istio 1.32.0, which is not revision 1-31-2"* ]]
  # The stand-in of kubectl knows no Deployments, so the script stops where it waits for the new one.
  run "$SCRIPTS/canary-upgrade.sh" install 1-32-0 --overlay production
  [ "$status" -eq 1 ]
  [[ "$output" == *"FAILED: wait for revision 1-32-0"* ]]
  grep -q 'istioctl install --filename .*/installation.yaml .*--revision 1-32-0' "$BATS_TEST_TMPDIR/calls"
  grep -q 'istioctl x precheck' "$BATS_TEST_TMPDIR/calls"
}

# The tag lies in the file $TAG; the pods of the mesh never leave the revision "default", and no rollout ends well.
stand_in_for_a_switch() {
  TAG="$BATS_TEST_TMPDIR/tag"
  echo default >"$TAG"
  stand_in istioctl "echo \"istioctl \$*\" >>'$BATS_TEST_TMPDIR/calls'; case \"\$*\" in version*) echo 1.31.2 ;; 'tag set'*) echo \"\$5\" >'$TAG' ;; esac"
  stand_in kubectl "case \"\$*\" in
    *'--raw /version'*) cat '$VERSION' ;;
    *mutatingwebhookconfigurations*) printf %s \"\$(cat '$TAG')\" ;;
    *'app=istiod,istio.io/rev='*) echo deployment.apps/istiod-1-31-2 ;;
    *'get pods --all-namespaces'*) echo 'mcp-system web-1 ending= {\"revision\":\"default\"}' ;;
    *'get deployments --namespace mcp-system'*) printf web ;;
    *'rollout status'*) echo 'web: ImagePullBackOff' >&2; exit 1 ;;
  esac"
}

@test "a switch onto a revision on which nothing becomes ready moves the tag back" {
  stand_in_for_a_switch
  run "$SCRIPTS/canary-upgrade.sh" switch 1-31-2
  [ "$status" -eq 1 ]
  [[ "$output" == *"ImagePullBackOff"* ]]
  [[ "$output" == *"the tag leads to default again"* ]]
  [[ "$output" == *"switch default restarts what has moved"* ]]
  [ "$(cat "$TAG")" = default ]
  [ "$(grep -c 'istioctl tag set default --revision' "$BATS_TEST_TMPDIR/calls")" = 2 ]
}

@test "a dry run of a switch moves nothing" {
  stand_in_for_a_switch
  run "$SCRIPTS/canary-upgrade.sh" switch 1-31-2 --dry-run
  [ "$status" -eq 0 ]
  [[ "$output" == *"Would move tag default from revision default to 1-31-2"* ]]
  [ "$(cat "$TAG")" = default ]
}

@test "helm is given every chart with its values, in order" {
  stand_in helm "echo \"helm \$*\" >>'$BATS_TEST_TMPDIR/calls'"
  run "$SCRIPTS/deploy-istio.sh" --dry-run --charts there
  charts=$(sed -n 's/^helm upgrade --install \([^ ]*\) \([^ ]*\) --namespace \([^ ]*\) .*/\1 \2 \3/p' "$BATS_TEST_TMPDIR/calls")
  [ "$charts" = "istio-base there/base istio-system
istiod there/istiod istio-system
istio-ingressgateway there/gateway istio-ingress
istio-egressgateway there/gateway istio-egress
istio-eastwestgateway there/gateway istio-eastwest" ]
  for values in $(sed -n 's/.*--values \([^ ]*\).*/\1/p' "$BATS_TEST_TMPDIR/calls"); do [ -f "$values" ]; done
  grep -q -- '--version 1.31.1' "$BATS_TEST_TMPDIR/calls"
}

@test "a step that fails says which, and what to try: status 1" {
  stand_in istioctl 'case "$*" in version*) echo 1.31.1 ;; *) echo "image pull backoff" >&2; exit 9 ;; esac'
  run "$SCRIPTS/deploy-istio.sh" --dry-run
  [ "$status" -eq 1 ]
  [[ "$output" == *"image pull backoff"* ]]
  [[ "$output" == *"FAILED: install the control plane with istioctl"* ]]
  [[ "$output" == *"Try: "* ]]
}

@test "nothing of a run is left in the folder for temporary files" {
  mkdir "$BATS_TEST_TMPDIR/tmp"
  TMPDIR="$BATS_TEST_TMPDIR/tmp" run "$SCRIPTS/verify-deployment.sh" --overlay none
  [ "$status" -eq 2 ]
  [ -z "$(ls "$BATS_TEST_TMPDIR/tmp")" ]
}
