#!/usr/bin/env bash
# Looks for everything that usually goes wrong with the demo, and explains what it finds. Changes nothing.
#
# Usage: doctor.sh [options]
#
#   --only CHECK       this check alone (again for another one): addresses, injection, mtls, opaque-ports, trigger, petstore, connection, latency
#   --json             one JSON document in place of lines
#   --ingress URL      where the platform's ingress is reached from this machine (default http://localhost)
#   --context NAME     the context of the kubeconfig; without it the current one
#
# Every check is a line: ok, warning, FAILED or skipped. What was found stands below it, with the command that shows it and what to try. Needs kubectl and curl.
# With the Linkerd CLI and linkerd-viz it looks at the traffic too, with docker at kind's network. A token for an MCP server that wants one is read from the
# variable MCP_TOKEN.
#
# Ends with 0 when nothing failed, 1 when a check could not be made at all, 2 for wrong arguments, 3 when something is missing that has to be there first,
# 4 when a check failed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly CHECKS='addresses injection mtls opaque-ports trigger petstore connection latency'
# In ms, as NETWORK.md and the dashboards have them: from here on it is worth a look, and from there on it is wrong.
readonly MEDIAN_WARNING=50 MEDIAN_CRITICAL=100 SLOWEST_WARNING=500 SLOWEST_CRITICAL=1000
readonly SAMPLES=9

ONLY=' '
JSON=false
FAILED=0
WARNED=0
BROKEN=0

take_own() {
  local name
  case "$1" in
    --json) take_flag JSON ;;
    --only)
      take_value name "$@"
      case " $CHECKS " in *" $name "*) ;; *) usage_error "there is no check '$name'; there are: $CHECKS" ;; esac
      ONLY="$ONLY$name "
      ;;
  esac
}

parse_arguments() {
  parse_options "$@"
  if [ "$DRY_RUN" = true ]; then usage_error "--dry-run makes no sense here: the doctor changes nothing"; fi
}

# --- What is found ---

# found LEVEL WHAT SHOW TRY: LEVEL is failed, warning or skipped; SHOW the command that shows it. One line a finding, its parts between tabs.
found() {
  local part
  for part in "$@"; do printf '%s\t' "$(printf '%s' "$part" | tr '\t\n\r' '   ')"; done >>"$WORK/findings"
  printf '\n' >>"$WORK/findings"
}

skip() {
  found skipped "$1" '' ''
}

# check ID TITLE: runs the function check_ID. Its findings say how it ended; where it breaks off it could not be made.
check() {
  local level=ok
  if [ "$ONLY" != ' ' ]; then case "$ONLY" in *" $1 "*) ;; *) return 0 ;; esac; fi
  : >"$WORK/findings"
  attempt "check_$(printf '%s' "$1" | tr - _)" >"$WORK/output" 2>&1
  if [ "$STATUS" != 0 ]; then
    level=broken
    found broken "it could not be checked: $(head -c 500 "$WORK/output")" '' ''
    BROKEN=$((BROKEN + 1))
  elif grep -q '^failed' "$WORK/findings"; then
    level=failed
    FAILED=$((FAILED + 1))
  elif grep -q '^warning' "$WORK/findings"; then
    level=warning
    WARNED=$((WARNED + 1))
  elif grep -q '^skipped' "$WORK/findings"; then
    level=skipped
  fi
  if [ "$JSON" = true ]; then json_check "$1" "$2" "$level" >>"$WORK/json"; else text_check "$2" "$level"; fi
}

text_check() {
  local word=$2
  case "$word" in failed | broken) word=FAILED ;; esac
  printf '%-8s %s\n' "$word" "$1"
  awk -F '\t' '
    { print "           " $2 }
    $3 != "" { print "             shown by: " $3 }
    $4 != "" { print "             try:      " $4 }
  ' "$WORK/findings"
}

json_check() {
  awk -F '\t' -v id="$1" -v title="$2" -v level="$3" '
    function quoted(text) {
      gsub(/\\/, "\\\\", text)
      gsub(/"/, "\\\"", text)
      gsub(/[[:cntrl:]]/, " ", text)
      return "\"" text "\""
    }
    BEGIN { printf "{\"check\":%s,\"title\":%s,\"status\":%s,\"findings\":[", quoted(id), quoted(title), quoted(level) }
    { printf "%s{\"level\":%s,\"what\":%s,\"show\":%s,\"try\":%s}", (NR > 1 ? "," : ""), quoted($1), quoted($2), quoted($3), quoted($4) }
    END { print "]}" }
  ' "$WORK/findings"
}

# --- addresses: LoadBalancer addresses are pending ---

# Why MetalLB gives no address, as the first of its parts that is missing.
why_pending() {
  local service=$1 namespace=$2 controller
  controller=$(metallb_controller)
  if [ -z "$controller" ]; then
    found failed "the Service $service in $namespace has no address: MetalLB is not installed" "kubectl -n $METALLB_NAMESPACE get deployments" "install-metallb.sh"
  elif [ "$(kube get deployment "$controller" --namespace "$METALLB_NAMESPACE" --output 'jsonpath={.status.availableReplicas}')" = '' ]; then
    found failed "the Service $service in $namespace has no address: MetalLB's controller is not ready" "kubectl -n $METALLB_NAMESPACE describe pods" \
      "kubectl -n $METALLB_NAMESPACE logs deployment/$controller"
  elif [ -z "$(kube get ipaddresspools.metallb.io --namespace "$METALLB_NAMESPACE" --output name)" ]; then
    found failed "the Service $service in $namespace has no address: there is no IPAddressPool to give one from" \
      "kubectl -n $METALLB_NAMESPACE get ipaddresspools" "install-metallb.sh"
  else
    found failed "the Service $service in $namespace has no address, though MetalLB has a pool: all of it may be given away" \
      "kubectl -n $namespace describe service $service" "the events at its end; kubectl get services -A shows who has the addresses; install-metallb.sh --range for more"
  fi
}

check_addresses() {
  local service namespace address
  while read -r namespace service; do
    if ! exists service "$service" "$namespace"; then
      found failed "there is no Service $service in $namespace" "kubectl -n $namespace get services" "deploy.sh"
      continue
    fi
    address=$(load_balancer_address "$namespace" "$service")
    if [ -z "$address" ]; then why_pending "$service" "$namespace"; fi
  done <<SERVICES
$ECHO_NAMESPACE echo
$PETSTORE_NAMESPACE petstore-external
SERVICES
  check_advertisement
  check_pool
}

# An address that nobody announces is not pending, but nothing comes there.
check_advertisement() {
  if ! served metallb.io/v1beta1 L2Advertisement; then return 0; fi
  if [ -n "$(kube get l2advertisements.metallb.io,bgpadvertisements.metallb.io --namespace "$METALLB_NAMESPACE" --output name)" ]; then return 0; fi
  found failed "there is no L2Advertisement: MetalLB gives addresses, but answers nobody who asks where they are" \
    "kubectl -n $METALLB_NAMESPACE get l2advertisements" "install-metallb.sh"
}

# docker may give kind another network when it is made anew.
check_pool() {
  local pool subnet
  if ! command -v docker >/dev/null || ! served metallb.io/v1beta1 IPAddressPool; then return 0; fi
  subnet=$(docker network inspect kind --format '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' 2>/dev/null | ipv4_subnets | awk 'NR == 1')
  pool=$(kube get ipaddresspools.metallb.io demo-pool --namespace "$METALLB_NAMESPACE" --ignore-not-found --output 'jsonpath={.spec.addresses[0]}')
  if [ -z "$subnet" ] || [ -z "$pool" ] || [ "$pool" = "$(pool_range "$subnet" || true)" ]; then return 0; fi
  found warning "the pool demo-pool has $pool, but kind's network is $subnet" "docker network inspect kind" "install-metallb.sh"
}

# --- injection: pods have no proxy ---

check_injection() {
  local namespace pod workload
  if ! exists namespace "$LINKERD_NAMESPACE"; then
    found failed "Linkerd is not installed: there is no namespace $LINKERD_NAMESPACE" "linkerd check --pre" "https://linkerd.io/2/getting-started, then deploy.sh"
    return 0
  fi
  if ! exists mutatingwebhookconfiguration linkerd-proxy-injector-webhook-config; then
    found failed "Linkerd's injector is not registered: new pods get no proxy" "kubectl get mutatingwebhookconfigurations" "linkerd check; linkerd upgrade | kubectl apply -f -"
  fi
  for namespace in "$ECHO_NAMESPACE" "$PETSTORE_NAMESPACE"; do
    if ! exists namespace "$namespace"; then
      found failed "there is no namespace $namespace" "kubectl get namespaces" "deploy.sh"
      continue
    fi
    if [ "$(kube get namespace "$namespace" --output 'jsonpath={.metadata.annotations.linkerd\.io/inject}')" != enabled ]; then
      found failed "the namespace $namespace does not ask for proxies: it has no annotation linkerd.io/inject: enabled" \
        "kubectl get namespace $namespace -o yaml" "deploy.sh, then kubectl -n $namespace rollout restart deployment"
    fi
    for pod in $(unmeshed_pods "$namespace"); do
      found failed "the pod $pod in $namespace has no proxy: it was made before its namespace asked for one, or while the injector did not run" \
        "kubectl -n $namespace get pods -L linkerd.io/control-plane-ns" "kubectl -n $namespace rollout restart deployment"
    done
  done
  for workload in $(platform_workload hostgroup) $(platform_workload nats); do
    for pod in $(unmeshed_pods "$CONTROL_NAMESPACE" "$(selector_of "$workload" "$CONTROL_NAMESPACE")"); do
      found failed "the pod $pod of $workload has no proxy: what components send leaves it in plain text" \
        "kubectl -n $CONTROL_NAMESPACE get pods -L linkerd.io/control-plane-ns" "deploy.sh puts $workload into the mesh"
    done
  done
}

# --- mtls: traffic is not encrypted ---

# Pods with ports that go past the proxy, as POD ANNOTATION=PORTS.
skipped_ports() {
  local direction
  for direction in inbound outbound; do
    kube get pods --namespace "$1" --output \
      "jsonpath={range .items[*]}{.metadata.name}{'|'}{.metadata.annotations.config\.linkerd\.io/skip-$direction-ports}{'\n'}{end}" |
      awk -F '|' -v direction="$direction" '$2 != "" { print $1, "config.linkerd.io/skip-" direction "-ports=" $2 }'
  done
}

# plain_edges: edges to the Petstore without mutual TLS, as SOURCE SOURCE_NAMESPACE DESTINATION REASON, from the JSON of `linkerd viz edges` (linkerd2
# viz/cmd/edges.go: one field a line).
plain_edges() {
  awk -F '"' '
    /^ *\{/ { split("", edge) }
    $4 != "" { edge[$2] = $4 }
    /^ *\}/ { if (edge["no_tls_reason"] != "" && edge["no_tls_reason"] != "loopback") print edge["src"], edge["src_namespace"], edge["dst"], edge["no_tls_reason"] }
  '
}

check_mtls() {
  local namespace pod annotation source where target reason
  for namespace in "$ECHO_NAMESPACE" "$PETSTORE_NAMESPACE" "$CONTROL_NAMESPACE"; do
    while read -r pod annotation; do
      found failed "the pod $pod in $namespace has ${annotation%%=*}: ${annotation#*=}. What goes through these ports is in plain text, without an identity" \
        "kubectl -n $namespace get pod $pod -o yaml" "take the annotation off its workload or namespace; for what is not HTTP use config.linkerd.io/opaque-ports"
    done < <(skipped_ports "$namespace")
  done
  if ! command -v linkerd >/dev/null || ! exists namespace "$VIZ_NAMESPACE"; then
    skip "the traffic itself was not looked at: that needs the Linkerd CLI and linkerd-viz"
    return 0
  fi
  run_linkerd viz edges deployment --namespace "$PETSTORE_NAMESPACE" --output json >"$WORK/edges"
  while read -r source where target reason; do
    found failed "$source in $where calls $target in $PETSTORE_NAMESPACE without mutual TLS: $reason" "linkerd viz edges deployment -n $PETSTORE_NAMESPACE" \
      "both ends need a proxy (injection above); a call by a pod's address, or by a name outside of the cluster, is not discovered: call the Service by its name"
  done < <(plain_edges <"$WORK/edges")
}

# --- opaque-ports: the proxies look for HTTP in NATS ---

# missing_ports LIST: those of OPAQUE_PORTS that it lacks. A list may have ranges.
missing_ports() {
  printf '%s\n' "$1" | awk -v wanted="$OPAQUE_PORTS" '{
    count = split($0, have, /, */)
    total = split(wanted, want, ",")
    for (i = 1; i <= total; i++) {
      found = 0
      for (j = 1; j <= count; j++) {
        ends = split(have[j], range, "-")
        if (have[j] == want[i] || (ends == 2 && range[1] + 0 <= want[i] + 0 && want[i] + 0 <= range[2] + 0)) found = 1
      }
      if (!found) { printf "%s%s", separator, want[i]; separator = "," }
    }
  }'
}

check_opaque_ports() {
  local name workload pod ports lacks
  for name in hostgroup nats; do
    workload=$(platform_workload "$name")
    if [ -z "$workload" ]; then
      skip "there is no $name in $CONTROL_NAMESPACE"
      continue
    fi
    while IFS='|' read -r pod ports; do
      lacks=$(missing_ports "$ports")
      if [ -z "$lacks" ]; then continue; fi
      found failed "the pod $pod of $workload does not declare the ports $lacks opaque: its proxy waits up to 10 s for HTTP that never comes, and cuts what waits for the server to speak first" \
        "kubectl -n $CONTROL_NAMESPACE get $workload -o yaml" "deploy.sh sets config.linkerd.io/opaque-ports: $OPAQUE_PORTS"
    done < <(kube get pods --namespace "$CONTROL_NAMESPACE" --selector "$(selector_of "$workload" "$CONTROL_NAMESPACE")" --output \
      "jsonpath={range .items[*]}{.metadata.name}{'|'}{.metadata.annotations.config\.linkerd\.io/opaque-ports}{'\n'}{end}")
  done
}

# --- trigger: the HTTPTrigger is not ready ---

not_available() {
  [ -z "$(kube get "$1" --namespace "$CONTROL_NAMESPACE" --output 'jsonpath={.status.availableReplicas}{.status.numberAvailable}' | tr -d 0)" ]
}

check_trigger() {
  local ready hosts host
  if ! served control.cosmonic.io/v1alpha1 HTTPTrigger; then
    found failed "the cluster does not know HTTPTrigger: Cosmonic Control is not installed" "kubectl get customresourcedefinitions" "deploy.sh --control-charts REF"
    return 0
  fi
  if [ -z "$(platform_workload hostgroup)" ]; then
    found failed "there is no host group: nothing could run the component" "kubectl -n $CONTROL_NAMESPACE get deployments" "deploy.sh --control-charts REF"
  elif not_available "$(platform_workload hostgroup)"; then
    found failed "no host of the host group is ready" "kubectl -n $CONTROL_NAMESPACE describe $(platform_workload hostgroup)" "kubectl -n $CONTROL_NAMESPACE logs $(platform_workload hostgroup)"
  fi
  if ! exists "$TRIGGER" "$RELEASE" "$PETSTORE_NAMESPACE"; then
    found failed "there is no HTTPTrigger $RELEASE in $PETSTORE_NAMESPACE" "kubectl -n $PETSTORE_NAMESPACE get httptriggers; helm -n $PETSTORE_NAMESPACE list" "deploy.sh"
    return 0
  fi
  ready=$(kube get "$TRIGGER" "$RELEASE" --namespace "$PETSTORE_NAMESPACE" --output "jsonpath={range .status.conditions[?(@.type=='Ready')]}{.status} {.reason}: {.message}{end}")
  case "$ready" in
    'True '*) ;;
    '')
      found failed "the HTTPTrigger $RELEASE has no condition Ready: no operator has looked at it" "kubectl -n $PETSTORE_NAMESPACE describe httptrigger $RELEASE" \
        "kubectl -n $CONTROL_NAMESPACE get pods; the operator's log; has the licence key expired?"
      ;;
    *)
      found failed "the HTTPTrigger $RELEASE is not ready: ${ready#* }" "kubectl -n $PETSTORE_NAMESPACE describe httptrigger $RELEASE" \
        "can the hosts read the image? deploy.sh --image NAME; an import that no hostInterface provides keeps a component from starting"
      ;;
  esac
  hosts=$(kube get "$TRIGGER" "$RELEASE" --namespace "$PETSTORE_NAMESPACE" --output 'jsonpath={.spec.template.spec.components[*].localResources.allowedHosts[*]}')
  case " $hosts " in
    *' * '* | *"petstore.$PETSTORE_NAMESPACE.svc"*) ;;
    *)
      found failed "allowedHosts of the HTTPTrigger does not have the Petstore: every call to it fails inside of the component (http-request-denied)" \
        "kubectl -n $PETSTORE_NAMESPACE get httptrigger $RELEASE -o yaml" "list http://petstore.$PETSTORE_NAMESPACE.svc.cluster.local:8080 in values.http-trigger.yaml, then deploy.sh"
      ;;
  esac
  host=$(kube get "$TRIGGER" "$RELEASE" --namespace "$PETSTORE_NAMESPACE" --output 'jsonpath={.spec.ingress.host}')
  if [ "$host" != "$MCP_HOST" ]; then
    found warning "the HTTPTrigger answers to $host, the demo asks for $MCP_HOST" "kubectl -n $PETSTORE_NAMESPACE get httptrigger $RELEASE -o yaml" "ingress.host in values.http-trigger.yaml, then deploy.sh"
  fi
}

# --- petstore: the Petstore is not reached ---

# call_petstore: a tool of the MCP server that has to reach the Petstore.
call_petstore() {
  mcp_request '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_pet_find_by_status","arguments":{"status":"available"}}}'
}

check_petstore() {
  local address code=0 status
  if ! exists deployment petstore "$PETSTORE_NAMESPACE"; then
    found failed "there is no Deployment petstore" "kubectl -n $PETSTORE_NAMESPACE get deployments" "deploy.sh"
    return 0
  fi
  if [ -z "$(kube get deployment petstore --namespace "$PETSTORE_NAMESPACE" --output 'jsonpath={.status.availableReplicas}')" ]; then
    found failed "the Petstore is not ready" "kubectl -n $PETSTORE_NAMESPACE describe pods -l app=petstore" "kubectl -n $PETSTORE_NAMESPACE logs deployment/petstore; its first start takes a minute"
  elif [ -z "$(kube get endpointslices --namespace "$PETSTORE_NAMESPACE" --selector kubernetes.io/service-name=petstore --output 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}')" ]; then
    found failed "the Service petstore leads to no pod: its selector matches none that is ready" "kubectl -n $PETSTORE_NAMESPACE get endpointslices -l kubernetes.io/service-name=petstore" \
      "compare kubectl -n $PETSTORE_NAMESPACE get service petstore -o yaml with the labels of the pods; deploy.sh puts both right"
  fi
  address=$(load_balancer_address "$PETSTORE_NAMESPACE" petstore-external 2>/dev/null || true)
  if [ -n "$address" ] && [ "$(uname)" != Darwin ]; then
    status=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 10 "http://$address/api/v3/openapi.json") || code=$?
    # 403: a policy admits the host group alone, which is how policies/ has it.
    case "$status" in
      200 | 403) ;;
      *) found failed "http://$address/api/v3/openapi.json does not answer (status $status, curl $code)" "curl -v http://$address/api/v3/openapi.json" \
        "addresses above; kubectl -n $PETSTORE_NAMESPACE logs deployment/petstore" ;;
    esac
  fi
  if ! call_petstore >"$WORK/call" 2>/dev/null; then
    skip "the way from the MCP server to the Petstore was not tried: the MCP server does not answer (connection below)"
  elif grep -q '"isError":true' "$WORK/call" || ! grep -q '"result"' "$WORK/call"; then
    found failed "the MCP server does not reach the Petstore: $(grep -o '"text":"[^"]*' "$WORK/call" | head -n 1 | cut -c 9-300)" \
      "test-mcp.sh; kubectl -n $CONTROL_NAMESPACE logs $(platform_workload hostgroup)" \
      "trigger above (allowedHosts); a policy that does not admit the host group: kubectl -n $PETSTORE_NAMESPACE get authorizationpolicies.policy.linkerd.io"
  fi
}

# --- connection: the way in is refused ---

check_connection() {
  local code=0 status type port
  if exists service ingress "$CONTROL_NAMESPACE"; then
    type=$(kube get service ingress --namespace "$CONTROL_NAMESPACE" --output 'jsonpath={.spec.type}')
    port=$(kube get service ingress --namespace "$CONTROL_NAMESPACE" --output 'jsonpath={.spec.ports[?(@.port==80)].nodePort}')
    if [ "$type" = ClusterIP ]; then
      found warning "the Service ingress is of type ClusterIP: nothing outside of the cluster reaches it" "kubectl -n $CONTROL_NAMESPACE get service ingress" \
        "helm upgrade cosmonic-control with envoy.service.type=NodePort and envoy.service.httpNodePort=$NODE_PORT"
    elif [ "$port" != "$NODE_PORT" ]; then
      found warning "the Service ingress has the node port ${port:-none}, kind-config.yaml leads port 80 to $NODE_PORT" "kubectl -n $CONTROL_NAMESPACE get service ingress" \
        "helm upgrade cosmonic-control with envoy.service.httpNodePort=$NODE_PORT"
    fi
  else
    found warning "there is no Service ingress in $CONTROL_NAMESPACE" "kubectl -n $CONTROL_NAMESPACE get services" "deploy.sh --control-charts REF"
  fi
  status=$(mcp_status) || code=$?
  case "$code-$status" in
    0-2??) ;;
    0-404) found failed "the ingress knows no route for $MCP_HOST (404)" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" "trigger above: the route is made when the HTTPTrigger is ready" ;;
    0-401) found failed "the MCP server wants a token (401)" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" "put one into the variable MCP_TOKEN; or ANONYMOUS_ROLE in config of values.http-trigger.yaml: docs/access.md" ;;
    0-403) found failed "the MCP server does not answer to $MCP_HOST, or not to this caller (403)" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" \
      "ALLOWED_HOSTS in config of values.http-trigger.yaml has to have the name; a token in the variable MCP_TOKEN, or ANONYMOUS_ROLE: docs/access.md" ;;
    0-*) found failed "the MCP server answers with status $status" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" "kubectl -n $CONTROL_NAMESPACE logs $(platform_workload hostgroup); trigger above" ;;
    7-*) found failed "connection refused: nothing listens at $INGRESS" "curl -v $INGRESS; docker port kind-control-plane" \
      "a cluster made without kind-config.yaml has no way in: make it anew with it, or kubectl -n $CONTROL_NAMESPACE port-forward svc/ingress 8080:80 and --ingress http://localhost:8080" ;;
    6-*) found failed "the name in $INGRESS does not resolve" "curl -v $INGRESS" "--ingress http://localhost; the host name goes along as a header" ;;
    28-*) found failed "$INGRESS does not answer within 10 s" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" "kubectl -n $CONTROL_NAMESPACE logs $(platform_workload hostgroup); latency below" ;;
    *) found failed "no answer from $INGRESS (curl $code)" "curl -v -H 'Host: $MCP_HOST' $INGRESS/v1/mcp" "curl --help all; man curl lists what $code means" ;;
  esac
}

# --- latency ---

# judge WHAT MEDIAN SLOWEST SHOW: both in ms.
judge() {
  local level=''
  if [ "$2" -ge "$MEDIAN_WARNING" ] || [ "$3" -ge "$SLOWEST_WARNING" ]; then level=warning; fi
  if [ "$2" -ge "$MEDIAN_CRITICAL" ] || [ "$3" -ge "$SLOWEST_CRITICAL" ]; then level=failed; fi
  if [ -z "$level" ]; then return 0; fi
  found "$level" "$1: p50 $2 ms (good is below 10, wrong from $MEDIAN_CRITICAL), slowest $3 ms (good is below 100, wrong from $SLOWEST_CRITICAL)" "$4" \
    "measure-latency.sh shows which part of the way; opaque-ports above; kubectl top pods -A for a container at its CPU limit; hostGroup.tuning of charts/mesh-mcp for the hosts"
}

# deployment_latencies: DEPLOYMENT P50 P99 from the JSON of `linkerd viz stat` (linkerd2 viz/cmd/stat.go: one field a line). Those without traffic have null.
deployment_latencies() {
  awk -F '[":, ]+' '
    /^ *\{/ { split("", row) }
    { row[$2] = $3 }
    /^ *\}/ { if (row["latency_ms_p50"] ~ /^[0-9]+$/) print row["name"], row["latency_ms_p50"], row["latency_ms_p99"] }
  '
}

check_latency() {
  local sample name median slowest namespace
  for ((sample = 0; sample < SAMPLES; sample++)); do
    mcp_time || {
      skip "the MCP server does not answer (connection above)"
      break
    }
  done >"$WORK/times"
  if [ "$(wc -l <"$WORK/times")" -eq "$SAMPLES" ]; then
    sort -n "$WORK/times" | awk '{ ms[NR] = $1 * 1000 } END { printf "%d %d\n", ms[int((NR + 1) / 2)], ms[NR] }' >"$WORK/summary"
    read -r median slowest <"$WORK/summary"
    judge "the MCP server, $SAMPLES requests from here" "$median" "$slowest" "measure-latency.sh"
  fi
  if ! command -v linkerd >/dev/null || ! exists namespace "$VIZ_NAMESPACE"; then return 0; fi
  for namespace in "$PETSTORE_NAMESPACE" "$ECHO_NAMESPACE" "$CONTROL_NAMESPACE"; do
    run_linkerd viz stat deployment --namespace "$namespace" --output json >"$WORK/stat"
    while read -r name median slowest; do
      judge "the Deployment $name in $namespace, as its proxy sees it" "$median" "$slowest" "linkerd viz stat deployment -n $namespace"
    done < <(deployment_latencies <"$WORK/stat")
  done
}

parse_arguments "$@"
require_command curl "install curl with your system's package manager"
check_cluster
check addresses "LoadBalancer addresses are given"
check injection "every pod has its proxy"
check mtls "mutual TLS everywhere"
check opaque-ports "the ports of NATS are opaque"
check trigger "the HTTPTrigger is ready"
check petstore "the Petstore is reached"
check connection "the MCP server is reached at $INGRESS"
check latency "answers are quick"

if [ "$JSON" = true ]; then
  printf '{"failed":%d,"warnings":%d,"broken":%d,"checks":[%s]}\n' "$FAILED" "$WARNED" "$BROKEN" "$(paste -s -d , "$WORK/json")"
elif [ "$FAILED" = 0 ] && [ "$BROKEN" = 0 ]; then
  say "Healthy$(if [ "$WARNED" -gt 0 ]; then echo ", with $WARNED warning(s)"; fi)."
else
  say "$FAILED of the checks failed$(if [ "$BROKEN" -gt 0 ]; then echo ", $BROKEN could not be made"; fi). The first is often the cause of the others."
fi
if [ "$FAILED" -gt 0 ]; then exit "$EXIT_NOT_HEALTHY"; fi
if [ "$BROKEN" -gt 0 ]; then exit "$EXIT_FAILED"; fi
