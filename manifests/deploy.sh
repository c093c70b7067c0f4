#!/usr/bin/env bash
# Installs an overlay, or brings an installation up to date: manifests/deploy.sh [OVERLAY]
#   REGISTRY, TAG   the image to run: REGISTRY/anomalyguard:TAG (unset: the overlay's own)
#   WAIT            seconds that each rollout may take (300)
# What it makes is the overlay's, but for one thing: the password of a PostgreSQL inside of the cluster, made on the first run.
set -euo pipefail
cd "$(dirname "$0")/.."
. manifests/lib.sh

reachable
folder=$(overlay_folder "${1:-trial}")
rendered=$(mktemp "${TMPDIR:-/tmp}/anomalyguard.XXXXXX")
trap 'rm -f "$rendered" "$rendered".*' EXIT
render "$folder" "$rendered"
namespace=$(namespace_in "$rendered")
[ -n "$namespace" ] || fail "$folder has no Namespace"
wait=${WAIT:-300}

# What the cluster must bring.
if has_kind ScaledObject "$rendered"; then
  knows keda.sh || fail 'KEDA is not installed in this cluster' 'https://keda.sh/docs/latest/deploy/ says how; 2.18 or later'
fi
if has_kind PodMonitor "$rendered"; then
  knows monitoring.coreos.com ||
    fail 'the Prometheus operator is not installed in this cluster' 'install it, or leave components/monitoring out of the overlay'
fi

say "deploy: $folder into namespace $namespace of $(kubectl config current-context)"
of_kind Namespace "$rendered" >"$rendered.namespace"
apply() { kubectl apply --server-side --force-conflicts --field-manager=anomalyguard --filename "$1"; }
apply "$rendered.namespace" >/dev/null

# In the cluster, or about to be: an overlay may bring its own.
has_secret() { has_object Secret "$1" "$rendered" || k get secret "$1" >/dev/null 2>&1; }
if has_object StatefulSet postgres "$rendered"; then
  if ! has_secret anomalyguard-db; then
    [ -z "$(k get persistentvolumeclaim data-postgres-0 --ignore-not-found -o name)" ] ||
      fail "the volume of an earlier PostgreSQL is there, and the Secret anomalyguard-db with its password is not" \
        'put the Secret back, or delete the data with it: make undeploy VOLUMES=delete'
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    # By standard input: arguments can be read by others of this machine.
    k create --filename - >/dev/null <<SECRET
apiVersion: v1
kind: Secret
metadata:
  name: anomalyguard-db
  labels: { app.kubernetes.io/name: anomalyguard }
stringData:
  POSTGRES_PASSWORD: $password
  DATABASE_URL: postgres://anomalyguard:$password@postgres.$namespace.svc.cluster.local:5432/anomalyguard?sslmode=disable
SECRET
    say 'deploy: made Secret anomalyguard-db with a new password'
  fi
else
  for secret in anomalyguard-db $(grep -q '^  KAFKA_SASL: ' "$rendered" && echo anomalyguard-kafka); do
    has_secret "$secret" || fail "there is no Secret $secret in namespace $namespace" \
      'manifests/components/external/secrets.example.yaml shows what is in it'
  done
fi
if grep -q "image: $image" "$rendered" && ! has_secret acr-pull-secret; then
  say "deploy: note: there is no Secret acr-pull-secret; nodes must be able to pull ${image%%/*} by themselves"
fi

# ScaledObjects come last: KEDA asks our scaler when it sees one, and after each failure waits longer before it asks again.
but_kind ScaledObject "$rendered" >"$rendered.rest"
of_kind ScaledObject "$rendered" >"$rendered.scaled"
repeat='not all could be applied; a repeat goes on where this ended'
apply "$rendered.rest" >"$rendered.applied" || fail "$repeat"
say "deploy: applied $(wc -l <"$rendered.applied") objects"

# What an earlier overlay had, and this one has not. ConfigMaps stay: earlier revisions of the Deployments need them.
kinds=deployments,statefulsets,services,serviceaccounts,ingresses,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,roles,rolebindings
! knows keda.sh || kinds=$kinds,scaledobjects.keda.sh,triggerauthentications.keda.sh
! knows monitoring.coreos.com || kinds=$kinds,podmonitors.monitoring.coreos.com,prometheusrules.monitoring.coreos.com
kubectl get --filename "$rendered" --ignore-not-found -o go-template="$own_objects" | sort -u >"$rendered.wanted"
k get "$kinds" --selector "$label" -o go-template="$own_objects" | sort -u >"$rendered.there"
comm -13 "$rendered.wanted" "$rendered.there" | while read -r old; do
  say "deploy: $old is of an earlier overlay: deleted"
  k delete "$old" --wait=false >/dev/null
done

stuck() {
  k get pods --selector "$label" >&2 || true
  k get events --field-selector type=Warning --sort-by=.lastTimestamp 2>/dev/null | tail -n 8 >&2 || true
  fail "$1 was not ready within $wait s" "kubectl -n $namespace describe pods, and logs, say why; a repeat of this goes on"
}
for workload in $(grep -E '^(StatefulSet|Deployment)/' "$rendered.wanted" | sort -r); do
  k rollout status "$workload" --timeout="${wait}s" >/dev/null 2>&1 || stuck "$workload"
  say "deploy: $workload is ready"
done
if has_kind ScaledObject "$rendered"; then
  apply "$rendered.scaled" >/dev/null || fail "$repeat"
  k wait scaledobjects.keda.sh --all --for=condition=Ready --timeout="${wait}s" >/dev/null || stuck 'the ScaledObject'
  say "deploy: KEDA scales $(k get scaledobjects.keda.sh -o go-template='{{range .items}}{{.spec.scaleTargetRef.name}} from {{.spec.minReplicaCount}} to {{.spec.maxReplicaCount}}{{end}}')"
fi

cat <<NEXT

It is there. Through the cluster's ingress: /, /view and /api. Without one:
  kubectl -n $namespace port-forward service/streamlit 8000:8000     then http://127.0.0.1:8000/view and /api/docs/
  curl -s http://127.0.0.1:8000/api/jobs -H 'content-type: application/json' -H 'prefer: wait=10' -d '{"type":"sleep","payload":{"ms":500}}'
  kubectl -n $namespace get pods,hpa --watch                         the fleet, as it follows the load
NEXT
