#!/usr/bin/env bash
# A run over TLS through tinyproxy, a proxy that is not ours and asks for a password:
# `tests/proxy/run.sh DESKBELL`, the path of the binary. tinyproxy is installed from Debian's
# packages where it is missing: by apt-get as root, else unpacked below target/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

deskbell=$(realpath "${1:?the path of deskbell}")
out=$PWD/target/ci/proxy
readonly deskbell out
started=()

end() {
  local id
  for id in "${started[@]}"; do
    kill "$id" 2>/dev/null || true
    wait "$id" 2>/dev/null || true
  done
}
trap end EXIT

# Where tinyproxy is, which is installed first where it is missing.
proxy_program() {
  local packages=target/ci/packages
  if type -P tinyproxy; then return; fi
  if [[ ! -x $packages/usr/bin/tinyproxy ]]; then
    if [[ $(id -u) == 0 ]]; then
      apt-get update --quiet --quiet >&2
      apt-get install --yes --quiet --no-install-recommends tinyproxy-bin >&2
      type -P tinyproxy
      return
    fi
    mkdir -p "$packages"
    (cd "$packages" && apt-get download tinyproxy-bin >&2 && dpkg -x tinyproxy-bin_*.deb .)
  fi
  realpath "$packages/usr/bin/tinyproxy"
}

# A port that was free a moment ago: tinyproxy does not tell which one it took.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until a command succeeds.
until_it_is() {
  local try
  for try in {1..100}; do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "in vain after $try tries: $*" >&2
  return 1
}

listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1")
}

main() {
  local program port target authority token password=password-of-a-proxy
  rm -rf "$out"
  mkdir -p "$out"
  program=$(proxy_program)
  port=$(free_port)
  cat >"$out/tinyproxy.conf" <<CONF
Port $port
Listen 127.0.0.1
Timeout 600
MaxClients 100
LogFile "$out/tinyproxy.log"
LogLevel Connect
BasicAuth guest $password
CONF
  "$program" -d -c "$out/tinyproxy.conf" >"$out/tinyproxy.out" 2>&1 &
  started+=("$!")
  "$deskbell" serve --listen 127.0.0.1:0 --tls "$out/tls" >"$out/serve.txt" &
  started+=("$!")
  until_it_is listens "$port"
  until_it_is grep -q '^listening on wss://' "$out/serve.txt"
  target=$(sed -n 's/^listening on //p' "$out/serve.txt")
  token=$("$deskbell" token --tenant 34)

  "$deskbell" run -d 4 --target "$target" --token "$token" --ca-cert "$out/tls/ca.pem" \
    --proxy "http://guest:p%61ssword-of-a-proxy@127.0.0.1:$port" --out "$out/run" --overwrite
  authority=${target#wss://}
  grep -q "CONNECT ${authority%/uat} HTTP" "$out/tinyproxy.log"
  if grep -rF -e "$password" -e 'p%61ssword-of-a-proxy' "$out/run"; then return 1; fi

  local status=0
  "$deskbell" run -d 4 --target "$target" --token "$token" --ca-cert "$out/tls/ca.pem" \
    --proxy "http://guest:wrong@127.0.0.1:$port" --out "$out/refused" --overwrite \
    >"$out/refused.txt" || status=$?
  [[ $status == 3 ]]
  tr -s ' \n' ' ' <"$out/refused.txt" | grep -q 'refused the name and password'
}

main
