#!/usr/bin/env bash
# Tells whether what an overlay describes runs in the cluster as described. Changes nothing.
#
# Usage: verify-deployment.sh [options]
#
#   --overlay NAME     base (default), dev, production, multi-cluster, chaos
#   --context NAME     the context of the kubeconfig; without it the current one
#   --namespace-only   only what lies in the namespace mcp-system: needs rights there and nowhere else
#   --timeout SECONDS  how long workloads may still take to become ready (default 300)
#
# Every check is a line: ok, FAILED with what to try, or skipped with the reason. Needs kubectl and diff alone; where istioctl is installed it is asked too
# (proxy-status and analyze; `verify-install` and `authn tls-check` of older guides no longer exist).
#
# Ends with 0 when nothing failed, 1 when a check could not be made at all, 2 for wrong arguments, 3 when something is missing that has to be there first,
# 4 when a check failed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FAILURES=0

# It has no options of its own.
take_own() {
  :
}

parse_arguments() {
  parse_options "$@"
  check_overlay
  if [ "$DRY_RUN" = true ]; then usage_error "--dry-run makes no sense here: verifying changes nothing"; fi
}

# check WHAT ADVICE COMMAND...: one line. The command's output is shown where it fails.
check() {
  local what=$1 advice=$2
  shift 2
  attempt "$@" >"$WORK/output" 2>&1
  if [ "$STATUS" = 0 ]; then
    say "ok       $what"
    return 0
  fi
  say "FAILED   $what"
  sed 's/^/           /' "$WORK/output"
  say "         Try: $advice"
  FAILURES=$((FAILURES + 1))
}

skip() {
  say "skipped  $1: $2"
}

kinds_served() {
  local version kind failed=0
  while read -r version kind; do
    if ! served "$version" "$kind"; then
      echo "the cluster does not serve $kind of $version"
      failed=1
    fi
  done < <(awk -F '\t' '{ print $3, $4 }' "$WORK/docs/index" | sort -u)
  return "$failed"
}

# The API server is asked for the difference, so defaults do not count, and neither do fields that nobody here set.
as_described() {
  local status=0
  if [ "$NAMESPACE_ONLY" = false ]; then leave_foreign_namespaces; fi
  join_documents "$WORK/docs/index" >"$WORK/wanted.yaml"
  # Forced: a field that somebody else has taken over is a difference like any other.
  kube diff --server-side --force-conflicts --field-manager "$FIELD_MANAGER" --filename "$WORK/wanted.yaml" >"$WORK/diff" 2>"$WORK/diff-error" || status=$?
  if [ "$status" = 0 ]; then return 0; fi
  cat "$WORK/diff-error"
  # Its temporary paths say nothing; the names of the objects are their last part.
  sed -n -e 's|^--- .*/\([^/]*\)\t.*|differs: \1|p' -e '/^[-+]\{3\} /d' -e '/^[-+]/p' "$WORK/diff" | head -n 60
  return 1
}

injector_registered() {
  if [ -n "$(kube get mutatingwebhookconfigurations --selector app=sidecar-injector --output name)" ]; then return 0; fi
  echo "there is no MutatingWebhookConfiguration with the label app=sidecar-injector: new pods get no sidecar"
  return 1
}

# Every Gateway of the overlay has at least one pod that is ready and bears its labels.
gateways_ready() {
  local namespace name selector ready failed=0
  while IFS=$'\t' read -r namespace name; do
    selector=$(kube get gateways.networking.istio.io "$name" --namespace "$namespace" --output 'jsonpath={.spec.selector}' | tr -d '{}" ' | tr ':' '=')
    ready=$(kube get pods --all-namespaces --selector "$selector" --output "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].status}{'\n'}{end}" | grep -c True || true)
    if [ "$ready" = 0 ]; then
      echo "Gateway $namespace/$name: no pod with the labels $selector is ready"
      failed=1
    fi
  done < <(awk -F '\t' -v OFS='\t' '$4 == "Gateway" && $3 ~ /^networking\.istio\.io/ { print $5, $6 }' "$WORK/docs/index")
  return "$failed"
}

workloads_ready() {
  local kind namespace name
  while IFS=$'\t' read -r kind namespace name; do
    wait_for_rollout "$namespace" "$kind/$name"
  done < <(awk -F '\t' -v OFS='\t' '$4 == "Deployment" || $4 == "StatefulSet" || $4 == "DaemonSet" { print $4, $5, $6 }' "$WORK/docs/index")
}

# Pods of the namespace that should have a proxy and have none: those made before the injector ran.
sidecars_present() {
  local name inject containers failed=0
  while IFS='|' read -r name inject containers; do
    case "$inject" in false) continue ;; esac
    case " $containers " in *" istio-proxy "*) continue ;; esac
    echo "pod $name has no container istio-proxy"
    failed=1
  done < <(kube get pods --namespace "$SERVICE_NAMESPACE" --field-selector status.phase=Running --output \
    "jsonpath={range .items[*]}{.metadata.name}{'|'}{.metadata.labels['sidecar\.istio\.io/inject']}{'|'}{.spec.initContainers[*].name} {.spec.containers[*].name}{'\n'}{end}")
  return "$failed"
}

# What the overlay itself says about mTLS is deliberate; what somebody added beside it to get around STRICT is not.
mtls_not_weakened() {
  local where name mode ports failed=0 namespaces=("$SERVICE_NAMESPACE")
  if [ "$NAMESPACE_ONLY" = false ]; then namespaces+=("$ISTIO_NAMESPACE"); fi
  for where in "${namespaces[@]}"; do
    while IFS='|' read -r name mode ports; do
      if awk -F '\t' -v namespace="$where" -v name="$name" '$4 == "PeerAuthentication" && $5 == namespace && $6 == name { found = 1 } END { exit !found }' "$WORK/docs/index"; then continue; fi
      case "$mode $ports" in
        *PERMISSIVE* | *DISABLE*)
          echo "PeerAuthentication $where/$name admits plain text (${mode:-no mode} $ports)"
          failed=1
          ;;
      esac
    done < <(kube get peerauthentications.security.istio.io --namespace "$where" --output \
      "jsonpath={range .items[*]}{.metadata.name}{'|'}{.spec.mtls.mode}{'|'}{.spec.portLevelMtls}{'\n'}{end}")
  done
  return "$failed"
}

proxies_in_sync() {
  run_istioctl proxy-status >"$WORK/proxies"
  if grep STALE "$WORK/proxies"; then return 1; fi
}

verify() {
  local reason="--namespace-only"
  check "the cluster serves every kind of the overlay" "deploy-istio.sh installs Istio's CRDs" kinds_served
  # Without the kinds nothing else can be asked.
  if [ "$FAILURES" -gt 0 ]; then return 0; fi
  if [ "$NAMESPACE_ONLY" = false ]; then
    check "istiod runs" "kubectl -n $ISTIO_NAMESPACE describe pods -l app=istiod" wait_for_istiod
    check "the sidecar injector is registered" "deploy-istio.sh; for an older revision canary-upgrade.sh switch" injector_registered
    check "every Gateway has a pod that is ready" "kubectl get pods -A -l istio; installation.yaml installs the gateways" gateways_ready
  else
    skip "istiod, injector and gateways" "$reason"
  fi
  check "every object is there as the overlay describes it" "deploy-service-mesh.sh --overlay $OVERLAY puts it right; deploy-service-mesh.sh --help" as_described
  check "the workloads are ready" "kubectl -n $SERVICE_NAMESPACE get pods, then kubectl describe of one that is not ready" workloads_ready
  check "every pod in $SERVICE_NAMESPACE has its sidecar" "kubectl -n $SERVICE_NAMESPACE rollout restart deployment" sidecars_present
  check "nothing beside the overlay weakens mTLS" "kubectl delete peerauthentication NAME -n NAMESPACE, or take it into the overlay" mtls_not_weakened
  if command -v istioctl >/dev/null; then
    check "every proxy has its configuration (istioctl proxy-status)" "istioctl proxy-status; restart a pod that stays STALE" proxies_in_sync
    if [ "$NAMESPACE_ONLY" = true ]; then
      check "istioctl analyze finds no error" "istioctl analyze says what to change" run_istioctl analyze --namespace "$SERVICE_NAMESPACE" --failure-threshold Error
    else
      check "istioctl analyze finds no error" "istioctl analyze says what to change" run_istioctl analyze --all-namespaces --failure-threshold Error
    fi
  else
    skip "proxy-status and analyze of istioctl" "it is not installed; npm run analyze -- deploy/istio needs no cluster"
  fi
}

parse_arguments "$@"
check_cluster
require_command diff "install diffutils"
load_overlay
verify
if [ "$FAILURES" -gt 0 ]; then
  say "$FAILURES of the checks failed."
  exit "$EXIT_NOT_VERIFIED"
fi
say "Verified: overlay $OVERLAY."
