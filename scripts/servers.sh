# What scripts share that start servers. Source it behind lib.sh. They stop when the script ends.
# shellcheck shell=bash

work="$(mktemp -d)"
servers=()
stop_servers() {
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap stop_servers EXIT

# free_port: a port that nothing listens on now.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for_port PORT LOG: until something answers there.
wait_for_port() {
  for _ in {1..300}; do
    if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  cat "$2" >&2
  die "no server answers at port $1; what it said stands above"
}

# start_mrgc PRESET: sets `mrgc_port` to where the build of that preset serves a new store.
start_mrgc() {
  mrgc_port="$(free_port)"
  "${root:?}/build/$1/bin/mrgc" serve --data "$work/store" --regions "us-east-1=$mrgc_port" --admin-port 0 \
    >"$work/mrgc.log" 2>&1 &
  servers+=($!)
  wait_for_port "$mrgc_port" "$work/mrgc.log"
}

# start_dynamodb_admin ENDPOINT MODULES: sets `dynamodb_admin_port` to where the table browser, which npm installed in
# MODULES, shows that endpoint.
start_dynamodb_admin() {
  dynamodb_admin_port="$(free_port)"
  DYNAMO_ENDPOINT="$1" AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=dummy AWS_SECRET_ACCESS_KEY=dummy \
    node "$2/node_modules/dynamodb-admin/dist/dynamodb-admin.js" -H 127.0.0.1 -p "$dynamodb_admin_port" \
    >"$work/dynamodb-admin.log" 2>&1 &
  servers+=($!)
  wait_for_port "$dynamodb_admin_port" "$work/dynamodb-admin.log"
}
