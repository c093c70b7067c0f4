# What deploy.sh and undeploy.sh share. Sourced by bash, in the repository's root.
# shellcheck shell=bash

label=app.kubernetes.io/name=anomalyguard
image=acranomalyguard.azurecr.io/anomalyguard

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$(basename "$0" .sh)" "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# Within the namespace, whose name the caller has put into `namespace`.
k() { kubectl --namespace "$namespace" "$@"; }

# The folder of an overlay: a name in manifests/overlays, or a path.
overlay_folder() {
  local folder=$1
  case $folder in */*) ;; *) folder=manifests/overlays/$1 ;; esac
  [ -f "$folder/kustomization.yaml" ] ||
    fail "there is no overlay $1" "there are: $(cd manifests/overlays && echo *)" 'or the path of a folder with a kustomization.yaml'
  echo "$folder"
}

# Writes what an overlay says into a file. REGISTRY and TAG, where set, take the place of the overlay's own.
render() {
  local folder=$1 file=$2 up
  if [ -n "${REGISTRY:-}${TAG:-}" ]; then
    local over=.data/deploy
    mkdir -p "$over"
    case $folder in /*) up=$folder ;; *) up=../../$folder ;; esac
    {
      echo 'apiVersion: kustomize.config.k8s.io/v1beta1'
      echo 'kind: Kustomization'
      echo "resources: [\"$up\"]"
      echo "images: [{ name: $image${REGISTRY:+, newName: $REGISTRY/anomalyguard}${TAG:+, newTag: \"$TAG\"} }]"
    } >"$over/kustomization.yaml"
    folder=$over
  fi
  kubectl kustomize "$folder" >"$file"
}

# kustomize writes `kind` before `metadata`, and Namespaces first.
namespace_in() { awk '/^kind: Namespace$/ { found = 1 } found && /^  name: / { print $2; exit }' "$1"; }
has_kind() { grep -q "^kind: $1\$" "$2"; }

# The objects of a kind, and all others.
of_kind() { awk -v kind="$1" 'BEGIN { RS = ORS = "---\n" } $0 ~ "(^|\n)kind: " kind "\n"' "$2"; }
but_kind() { awk -v kind="$1" 'BEGIN { RS = ORS = "---\n" } $0 !~ "(^|\n)kind: " kind "\n"' "$2"; }

has_object() {
  awk -v kind="$1" -v name="$2" 'BEGIN { RS = "---\n" }
    $0 ~ "(^|\n)kind: " kind "\n" && $0 ~ "\n  name: " name "\n" { found = 1 } END { exit !found }' "$3"
}

# kind/name of each object in a list; without those that a controller has made.
own_objects='{{range .items}}{{if not .metadata.ownerReferences}}{{.kind}}/{{.metadata.name}}{{"\n"}}{{end}}{{end}}'

# Whether the API server knows the kinds of a group.
knows() { [ -n "$(kubectl api-resources --api-group="$1" -o name 2>/dev/null)" ]; }

reachable() {
  command -v kubectl >/dev/null || fail 'kubectl is needed (1.30 or later)'
  kubectl version --request-timeout=10s >/dev/null 2>&1 ||
    fail "no cluster answers (KUBECONFIG=${KUBECONFIG:-~/.kube/config}, context $(kubectl config current-context 2>/dev/null || echo none))"
}
