#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own: scripts/with_postgres.sh COMMAND…
#
# The cluster lies in a temporary directory, listens on loopback at a free port with a random password, and is stopped
# and removed at the end, however the command ends. Its address is in SAYAGAIN_POSTGRES. Where that names one already, the
# command gets that; where PostgreSQL is not installed, nothing is run and one line says so.
set -euo pipefail

if [ -n "${SAYAGAIN_POSTGRES:-}" ]; then
    exec "$@"
fi

# Debian keeps the programs of the server out of PATH, in a directory a version: the newest one.
programs=$(dirname "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1)")
if [ ! -x "$programs/initdb" ]; then
    echo "PostgreSQL is not installed: what needs it is skipped. On Debian: apt-get install postgresql"
    exit 0
fi

as_owner=()
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root; Debian's package makes this user
    as_owner=(runuser -u postgres --)
fi
place=$(mktemp -d /tmp/sayagain-postgres.XXXXXX) # /tmp: TMPDIR may lie where the other user cannot go
trap 'cd /; "${as_owner[@]}" "$programs/pg_ctl" -D "$place/data" -m immediate -s stop >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && echo "$password" >"$place/password")
if [ "$(id -u)" = 0 ]; then
    chown -R postgres "$place"
fi
start() { # at a free port: one that another process takes meanwhile is tried again
    port=$(shuf -i 20000-32000 -n 1) # below those that the kernel gives to clients
    # What a killed client leaves is a matter of transactions and not of the disk, so that it need not be waited for.
    "${as_owner[@]}" "$programs/pg_ctl" -D "$place/data" -l "$place/server.log" -s -w start -o \
        "-h 127.0.0.1 -p $port -k '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null 2>&1
}
cd "$place" # where the server's user may be
"${as_owner[@]}" "$programs/initdb" -D "$place/data" -U sayagain -A scram-sha-256 --pwfile="$place/password" \
    -E UTF8 --no-locale --no-sync >"$place/initdb.log" || {
    cat "$place/initdb.log"
    exit 1
}
start || start || start || {
    cat "$place/server.log"
    exit 1
}
cd "$OLDPWD"
SAYAGAIN_POSTGRES="postgresql+psycopg://sayagain:$password@127.0.0.1:$port/postgres" "$@"
