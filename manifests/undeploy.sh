#!/usr/bin/env bash
# Takes an installation away: manifests/undeploy.sh [OVERLAY]
#   VOLUMES=delete   with the data of the Kafka and PostgreSQL inside of the cluster; else these volumes stay, and with them the
#                    Secret that holds the password, and the namespace they are in. Without such volumes nothing stays.
#   WAIT             seconds that each step may take (120)
# ScaledObjects go first: their finalizer waits for KEDA, and KEDA for what they scale.
set -euo pipefail
cd "$(dirname "$0")/.."
. manifests/lib.sh

reachable
rendered=$(mktemp "${TMPDIR:-/tmp}/anomalyguard.XXXXXX")
trap 'rm -f "$rendered"' EXIT
render "$(overlay_folder "${1:-trial}")" "$rendered"
namespace=$(namespace_in "$rendered")
wait=${WAIT:-120}
case ${VOLUMES:-keep} in keep | delete) ;; *) fail "VOLUMES=$VOLUMES: keep or delete" ;; esac

if [ -z "$(kubectl get namespace "$namespace" --ignore-not-found -o name)" ]; then
  say "undeploy: there is no namespace $namespace"
else
  if knows keda.sh && ! k delete scaledobjects.keda.sh --all --timeout="${wait}s" >/dev/null; then
    fail 'a ScaledObject does not go: KEDA, which has to let go of it, does not answer' \
      'get its operator running, and repeat this; or, if KEDA is gone for good:' \
      "kubectl -n $namespace patch scaledobject backend-slave --type=merge -p '{\"metadata\":{\"finalizers\":null}}'"
  fi
  say 'undeploy: KEDA has let go'
  # Workers drain while Kafka and PostgreSQL still answer.
  k delete deployments --selector "$label" --cascade=foreground --timeout="${wait}s" >/dev/null
  k delete statefulsets --selector "$label" --cascade=foreground --timeout="${wait}s" >/dev/null
  say 'undeploy: all processes have ended'
  volumes=$(k get persistentvolumeclaims --selector "$label" -o name)
  if [ -z "$volumes" ] || [ "${VOLUMES:-keep}" = delete ]; then
    kubectl delete namespace "$namespace" --timeout="${wait}s" >/dev/null
    say "undeploy: namespace $namespace is gone, and all that was in it"
  else
    kinds=services,serviceaccounts,configmaps,ingresses,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,roles,rolebindings
    ! knows keda.sh || kinds=$kinds,triggerauthentications.keda.sh
    ! knows monitoring.coreos.com || kinds=$kinds,podmonitors.monitoring.coreos.com,prometheusrules.monitoring.coreos.com
    k delete "$kinds" --selector "$label" --timeout="${wait}s" >/dev/null
    say "undeploy: all is gone but namespace $namespace with the data and their password:"
    printf "  %s\n" $volumes secret/anomalyguard-db
    say 'make deploy goes on with them; make undeploy VOLUMES=delete deletes them'
  fi
fi
# Of components/production, and of no namespace: another installation's pods may need them, and could not be made without.
if has_kind PriorityClass "$rendered"; then
  if [ -z "$(kubectl get deployments --all-namespaces --selector "$label" -o name)" ]; then
    kubectl delete priorityclasses --selector "$label" >/dev/null
  else
    say 'undeploy: the PriorityClasses stay: there are other installations'
  fi
fi
