#!/usr/bin/env bash
# Three CRMs as one, on this machine: alice's Flex is at the first, a call is dialled at the second, and the third shows whom
# she talks to. They are joined by a nats-server that this starts. `examples/demo.sh nodes` builds and calls it.
#   nodes.sh BUILD_DIR [PORT]    of the first, 3001; Ctrl-C ends all of it
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$1/examples
first=${2:-3001}

folder=$(mktemp -d)
started=()
finish() {
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -r "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

# start NAME COMMAND ...: in the background, with its output in a file. It reads what is written to $folder/NAME.in.
start() {
  local name=$1
  shift
  mkfifo "$folder/$name.in"
  "$@" <> "$folder/$name.in" > "$folder/$name.log" 2>&1 &
  started+=($!)
}
# wait_for NAME TEXT: prints what stands behind the text in the first line that has it.
wait_for() {
  local line
  for _ in {1..150}; do
    if line=$(grep -m 1 -- "$2" "$folder/$1.log" 2> /dev/null); then echo "${line#*"$2"}"; return; fi
    sleep 0.1
  done
  echo "$1 did not say \"$2\":" >&2
  cat "$folder/$1.log" >&2
  return 1
}
port() { echo $((first + $1 - 1)); }
socket() { echo "ws://127.0.0.1:$(port "$1")/flexcrm"; }

PATH=$PATH:/usr/sbin  # where Debian has it
start nats nats-server -c examples/crm/nats.conf -a 127.0.0.1 -p -1
nats=nats://127.0.0.1:$(wait_for nats 'Listening for client connections on 127.0.0.1:')
echo "NATS is at $nats"
for node in 1 2 3; do
  start "node-$node" "$programs/crm/flexcrm-crm" --port "$(port "$node")" --database "$folder/crm.sqlite" --nats "$nats" --node "node-$node" --flex-tab
  echo "node $node: $(wait_for "node-$node" 'open ')"
done

start flex "$programs/plugin_stub/flexcrm-plugin-stub" --url "$(socket 1)"
wait_for flex open > /dev/null
echo "Flex of alice is connected to node 1"
start screen "$programs/4_click_to_dial_client" crm "$(socket 3)"
start clicker "$programs/4_click_to_dial_client" crm "$(socket 2)"
for page in screen clicker; do wait_for "$page" 'Flex is connected' > /dev/null; done
echo +34600000017 > "$folder/clicker.in"
echo "dialled at node 2: $(wait_for clicker placed)placed"
echo "Flex at node 1: StartOutboundCall$(wait_for flex StartOutboundCall)"
echo "the screen at node 3: selected$(wait_for screen selected)"
echo complete > "$folder/flex.in"
wait_for screen deselected > /dev/null  # the next call can be dialled
echo
echo "Open http://localhost:$(port 2)/crm.html: it dials by the Flex at node 1. http://localhost:$(port 3)/readyz says whether node 3"
echo "reaches the others; kill the nats-server (pid ${started[0]}) and it does not. Ctrl-C ends all."
wait
