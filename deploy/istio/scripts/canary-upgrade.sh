#!/usr/bin/env bash
# Upgrades Istio's control plane beside the old one: the new revision is installed, a revision tag is moved to it, the workloads are restarted onto it,
# the old revision is removed. Until the last step one command leads back.
#
# Usage: canary-upgrade.sh COMMAND [options]
#
#   status             which revisions run, which tag leads to which, how many pods of the mesh are on each
#   install REVISION   installs the control plane of this revision, such as 1-31-1; no workload notices
#   switch REVISION    moves the tag, restarts gateways and workloads, and waits; when they do not become ready, moves the tag back
#   remove REVISION    removes a revision that no tag and no pod uses any more
#
#   --tag NAME         the tag to move (default: default, to which the label istio-injection=enabled leads)
#   --manifests DIR    without istioctl: the output of `istioctl manifest generate --revision` (install) or `istioctl tag generate` (switch)
#   --overlay NAME     install: base (default), dev, production, multi-cluster, chaos
#   --context NAME     the context of the kubeconfig; without it the current one
#   --dry-run          install, switch and remove: says what would be done, changes nothing
#   --timeout SECONDS  for each wait (default 300)
#
# Back: switch to the old revision. The version of istioctl has to be that of the revision that it installs.
#
# Ends with 0 when all is done, 1 when a step failed, 2 for wrong arguments, 3 when something is missing that has to be there first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

COMMAND=''
REVISION=''
TAG=default
MANIFESTS=''
# Whose pods are part of the mesh and are restarted: gateways last, so that they never know less than what lies behind them.
readonly NAMESPACES="$SERVICE_NAMESPACE istio-egress istio-eastwest istio-ingress"

take_own() {
  case "$1" in
    --tag) take_value TAG "$@" ;;
    --manifests) take_value MANIFESTS "$@" ;;
    status | install | switch | remove)
      if [ -n "$COMMAND" ]; then usage_error "one command at a time, not '$COMMAND' and '$1'"; fi
      COMMAND=$1
      TAKEN=1
      ;;
    -*) ;;
    *)
      if [ -z "$COMMAND" ]; then usage_error "unknown command '$1'"; fi
      if [ -n "$REVISION" ]; then return 0; fi
      REVISION=$1
      TAKEN=1
      ;;
  esac
}

parse_arguments() {
  parse_options "$@"
  check_overlay
  if [ -z "$COMMAND" ]; then usage_error "a command is missing: status, install, switch or remove"; fi
  if [ "$COMMAND" = status ]; then
    if [ -n "$REVISION" ]; then usage_error "status takes no revision"; fi
  else
    case "$REVISION" in
      '') usage_error "$COMMAND needs a revision, such as ${ISTIO_VERSION//./-}" ;;
      *[!a-z0-9-]* | -* | *-) usage_error "a revision is made of a-z, 0-9 and -, such as ${ISTIO_VERSION//./-}, not '$REVISION'" ;;
    esac
  fi
  if [ "$NAMESPACE_ONLY" = true ]; then usage_error "the control plane is not in $SERVICE_NAMESPACE: --namespace-only makes no sense here"; fi
  if [ -n "$MANIFESTS" ] && [ ! -d "$MANIFESTS" ]; then usage_error "--manifests wants a folder, '$MANIFESTS' is none"; fi
}

# --- What is there ---

# Where there is no label the revision is the one without a name.
revision_of_tag() {
  kube get mutatingwebhookconfigurations --selector "istio.io/tag=$1" --output "jsonpath={.items[0].metadata.labels['istio\.io/rev']}" 2>/dev/null || true
}

# namespace, pod and revision of every pod with a sidecar or gateway proxy, those aside that are ending; the injector leaves the revision in an annotation.
proxies() {
  kube get pods --all-namespaces --output \
    "jsonpath={range .items[*]}{.metadata.namespace}{' '}{.metadata.name}{' ending='}{.metadata.deletionTimestamp}{' '}{.metadata.annotations['sidecar\.istio\.io/status']}{'\n'}{end}" |
    sed -n 's/^\([^ ]*\) \([^ ]*\) ending= .*"revision":"\([^"]*\)".*/\1 \2 \3/p'
}

show_status() {
  say "control planes (revision, Deployment, ready):"
  kube get deployments --namespace "$ISTIO_NAMESPACE" --selector app=istiod --output \
    "jsonpath={range .items[*]}{'  '}{.metadata.labels['istio\.io/rev']}{' '}{.metadata.name}{' '}{.status.readyReplicas}/{.spec.replicas}{'\n'}{end}"
  say "tags (tag, revision):"
  kube get mutatingwebhookconfigurations --selector istio.io/tag --output \
    "jsonpath={range .items[*]}{'  '}{.metadata.labels['istio\.io/tag']}{' '}{.metadata.labels['istio\.io/rev']}{'\n'}{end}"
  say "pods of the mesh (number, revision):"
  proxies | awk '{ count[$3]++ } END { for (revision in count) printf "  %d %s\n", count[revision], revision }' | sort
}

revision_installed() {
  [ -n "$(kube get deployments --namespace "$ISTIO_NAMESPACE" --selector "app=istiod,istio.io/rev=$1" --output name)" ]
}

require_istioctl() {
  require_command istioctl "install istioctl $ISTIO_VERSION, or --manifests DIR with what it generated elsewhere"
}

# A revision that is named after a version is of that version.
check_istioctl() {
  local version
  version=$(istioctl_version)
  case "$REVISION" in *[!0-9-]*) return 0 ;; esac
  if [ "$(printf '%s' "$version" | tr . -)" != "$REVISION" ]; then
    fail "$EXIT_PREREQUISITE" "istioctl is of Istio ${version:-?}, which is not revision $REVISION" \
      "put the istioctl of that version first on the PATH, or name the revision differently"
  fi
}

apply_manifests() {
  kube apply --server-side --field-manager "$FIELD_MANAGER-control-plane" --force-conflicts --filename "$MANIFESTS"
}

# --- Commands ---

install_revision() {
  local files=(--filename "$ROOT/istio/installation.yaml")
  if [ -f "$ROOT/istio/installation-$OVERLAY.yaml" ]; then files+=(--filename "$ROOT/istio/installation-$OVERLAY.yaml"); fi
  # The gateways are shared by all revisions and follow the tag.
  run_istioctl install "${files[@]}" --revision "$REVISION" --skip-confirmation --readiness-timeout "${TIMEOUT}s" \
    --set components.ingressGateways[0].enabled=false --set components.ingressGateways[1].enabled=false --set components.egressGateways[0].enabled=false
}

run_install() {
  if [ -z "$MANIFESTS" ]; then
    require_istioctl
    check_istioctl
  fi
  if [ "$DRY_RUN" = true ]; then
    say "Would install revision $REVISION into $ISTIO_NAMESPACE. Nothing was changed."
    return 0
  fi
  if [ -n "$MANIFESTS" ]; then
    step "install revision $REVISION from $MANIFESTS" "the message names file and object" apply_manifests
  else
    step "ask whether the cluster is ready for it" "istioctl x precheck says what to change" run_istioctl x precheck
    step "install revision $REVISION" "kubectl -n $ISTIO_NAMESPACE get events; running it again goes on where it stopped" install_revision
  fi
  step "wait for revision $REVISION" "kubectl -n $ISTIO_NAMESPACE describe pods -l istio.io/rev=$REVISION" wait_for_istiod "istio.io/rev=$REVISION"
  say "Installed. No workload uses it yet: $(basename "$0") switch $REVISION"
}

# set_tag REVISION
set_tag() {
  if [ -n "$MANIFESTS" ]; then
    apply_manifests
  else
    run_istioctl tag set "$TAG" --revision "$1" --overwrite --skip-confirmation
  fi
}

tag_leads_to_revision() {
  local now
  now=$(revision_of_tag "$TAG")
  if [ "$now" = "$REVISION" ]; then return 0; fi
  echo "tag $TAG leads to revision ${now:-none}" >&2
  return 1
}

# behind NAMESPACE: the pods there that are on another revision.
behind() {
  proxies | awk -v namespace="$1" -v revision="$REVISION" '$1 == namespace && $3 != revision { print $1 "/" $2 " is on revision " $3 }'
}

# Nothing is restarted that is there already, so a second run does no work. For a moment after the tag has moved API servers still inject as before:
# hence more than one try.
restart_workloads() {
  local namespace name tries
  for namespace in $NAMESPACES; do
    tries=0
    while [ -n "$(behind "$namespace")" ]; do
      if [ "$tries" = 3 ]; then
        behind "$namespace" >&2
        return 1
      fi
      tries=$((tries + 1))
      kube rollout restart deployment --namespace "$namespace"
      for name in $(kube get deployments --namespace "$namespace" --output 'jsonpath={.items[*].metadata.name}'); do
        wait_for_rollout "$namespace" "deployment/$name"
      done
    done
  done
}

# run_switch: not a step, because what went wrong is undone before the script ends.
run_switch() {
  local before
  if [ -z "$MANIFESTS" ]; then require_istioctl; fi
  if ! revision_installed "$REVISION"; then
    fail "$EXIT_PREREQUISITE" "revision $REVISION is not installed" "$(basename "$0") install $REVISION"
  fi
  before=$(revision_of_tag "$TAG")
  if [ "$DRY_RUN" = true ]; then
    say "Would move tag $TAG from revision ${before:-none} to $REVISION and restart the Deployments in $NAMESPACES. Nothing was changed."
    return 0
  fi
  step "move tag $TAG from revision ${before:-none} to $REVISION" "istioctl tag list" set_tag "$REVISION"
  step "check the tag" "the manifests in ${MANIFESTS:-DIR} have to be of istioctl tag generate $TAG --revision $REVISION" tag_leads_to_revision
  say "- restart the workloads onto it"
  attempt restart_workloads
  if [ "$STATUS" = 0 ]; then
    say "Switched. Old pods of other namespaces follow when they restart. Then: $(basename "$0") remove ${before:-OLD-REVISION}"
    return 0
  fi
  if [ -z "$MANIFESTS" ] && [ -n "$before" ]; then
    step "move tag $TAG back to revision $before" "istioctl tag set $TAG --revision $before --overwrite" set_tag "$before"
    fail "$EXIT_FAILED" "the workloads did not become ready on revision $REVISION; the tag leads to $before again" \
      "kubectl get pods -A -l istio.io/rev=$REVISION and their logs; $(basename "$0") switch $before restarts what has moved"
  fi
  fail "$EXIT_FAILED" "the workloads did not become ready on revision $REVISION" "$(basename "$0") switch ${before:-OLD-REVISION} leads back"
}

run_remove() {
  local users tag
  for tag in $(kube get mutatingwebhookconfigurations --selector "istio.io/tag,istio.io/rev=$REVISION" --output "jsonpath={.items[*].metadata.labels['istio\.io/tag']}"); do
    fail "$EXIT_PREREQUISITE" "tag $tag still leads to revision $REVISION" "$(basename "$0") switch ANOTHER-REVISION --tag $tag"
  done
  users=$(proxies | awk -v revision="$REVISION" '$3 == revision { print $1 "/" $2 }')
  if [ -n "$users" ]; then
    printf '%s\n' "$users" | head -n 10 >&2
    fail "$EXIT_PREREQUISITE" "$(printf '%s\n' "$users" | wc -l | tr -d ' ') pods are still on revision $REVISION" \
      "kubectl rollout restart of their Deployments; then run it again"
  fi
  if [ "$DRY_RUN" = true ]; then
    say "Would remove revision $REVISION. Nothing was changed."
    return 0
  fi
  if command -v istioctl >/dev/null; then
    step "remove revision $REVISION" "istioctl uninstall --revision $REVISION" run_istioctl uninstall --revision "$REVISION" --skip-confirmation
  else
    step "remove revision $REVISION" "kubectl -n $ISTIO_NAMESPACE get all -l istio.io/rev=$REVISION" remove_by_label
  fi
  say "Removed."
}

# What an installation labels with its revision, without istioctl.
remove_by_label() {
  local namespaced=deployments,services,configmaps,serviceaccounts,horizontalpodautoscalers,poddisruptionbudgets,roles,rolebindings
  local cluster=mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterroles,clusterrolebindings
  kube delete "$namespaced" --namespace "$ISTIO_NAMESPACE" --selector "istio.io/rev=$REVISION" --ignore-not-found --wait --timeout "${TIMEOUT}s"
  kube delete "$cluster" --selector "istio.io/rev=$REVISION" --ignore-not-found
}

parse_arguments "$@"
check_cluster
case "$COMMAND" in
  status) show_status ;;
  install) run_install ;;
  switch) run_switch ;;
  remove) run_remove ;;
esac
