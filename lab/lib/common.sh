# shellcheck shell=bash
# Shared by every part of the lab: messages, the cache's layout, locks, timed steps.
# Sourced, never run.

LAB_CACHE=${ZREPL_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zrepl/lab}
LAB_STARTED=$EPOCHREALTIME

# Seconds with one decimal since a moment given as EPOCHREALTIME.
seconds_since() {
    local from=${1/[.,]/} to=${EPOCHREALTIME/[.,]/}
    local tenths=$(((to - from) / 100000))
    echo "$((tenths / 10)).$((tenths % 10))"
}

say() { printf 'lab: [%6s s] %s\n' "$(seconds_since "$LAB_STARTED")" "$*" >&2; }

die() {
    printf 'lab: error: %s\n' "$*" >&2
    exit 1
}

# run_logged LOGFILE CMD...   Quiet while all is well; the end of the log when it is not.
run_logged() {
    local log=$1
    shift
    if ! "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        die "failed: $* (full log: $log)"
    fi
}

# Opens and holds the lock of one cache key until the calling subshell ends. Call it inside
# ( ... ): then the lock goes away with the subshell, however that ends. Children inherit the
# descriptor on purpose: a compiler that outlives its killed script still guards its folder.
hold_lock() {
    local file=$LAB_CACHE/locks/$1.lock fd
    mkdir -p "$LAB_CACHE/locks"
    exec {fd}>"$file"
    if ! flock --nonblock "$fd"; then
        say "waiting for another lab that is making '$1'"
        flock "$fd"
    fi
}

# build_once KIND KEY FUNCTION ARGS...
# Makes the folder CACHE/KIND/KEY by calling FUNCTION TMPDIR ARGS... once, whatever number of
# labs ask for it at the same time. The folder appears complete or not at all.
build_once() {
    local kind=$1 key=$2 maker=$3
    shift 3
    local final=$LAB_CACHE/$kind/$key
    [[ -d $final ]] && return 0
    (
        hold_lock "$kind-$key"
        [[ -d $final ]] && exit 0
        tmp=$LAB_CACHE/tmp/$kind-$key
        # Only the holder of the lock works here, so what is found was left by a killed build.
        rm -rf "$tmp"
        mkdir -p "$tmp" "$LAB_CACHE/$kind"
        "$maker" "$tmp" "$@"
        mv -T "$tmp" "$final"
    ) # no "|| exit": that would switch errexit off inside; as it stands errexit acts on it
}

whole_seconds_since() { seconds_since "$1" | cut -d. -f1; }

# watch_progress PID LABEL COUNT_COMMAND...
# Shows that a long job lives: in place every second when a person watches a terminal, else by
# a line every 10 s.
watch_progress() {
    local pid=$1 label=$2 begin=$EPOCHREALTIME elapsed next_line=10
    shift 2
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        elapsed=$(whole_seconds_since "$begin")
        if [[ -t 2 ]]; then
            printf '\rlab: %s: %s s, %s \e[K' "$label" "$elapsed" "$("$@")" >&2
        elif ((elapsed >= next_line)); then
            say "$label: still at work after $elapsed s, $("$@")"
            next_line=$((elapsed + 10))
        fi
    done
    [[ ! -t 2 ]] || printf '\r\e[K' >&2
}
