# shellcheck shell=bash
# Running guests. All of a guest's state lies in its folder DIR:
#   bin/{zfs,zpool,zstream,zdb,gx}  the commands for the host's PATH
#   port          its two ports on 127.0.0.1      live/        tickets of running commands
#   connect-*     locks to queue up at            lock         held while it is started
#   qemu.pid      its process                     console.log  what it prints
#   series        its OpenZFS series              qemu.log     what qemu says
# Sourced, never run.

READY_SECONDS=120
START_ATTEMPTS=10

# The pid of the guest in DIR, if it runs. The command line is checked as well: after a reboot
# the number may belong to anything.
guest_pid() {
    local pid
    pid=$(cat "$1/qemu.pid" 2>/dev/null) && [[ -n $pid ]] &&
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$1/qemu.pid" && echo "$pid"
}

# Lists are made from links in CACHE/known, so that guests with a --dir elsewhere are found.
remember_guest() {
    mkdir -p "$LAB_CACHE/known"
    ln -sfnT "$1" "$LAB_CACHE/known/$(sha256sum <<<"$1" | cut -c1-16)"
}

known_guests() {
    local link
    for link in "$LAB_CACHE"/known/*; do
        [[ -L $link ]] || continue
        if [[ -d $link ]]; then
            readlink "$link"
        else
            rm -f "$link"
        fi
    done | sort
}

install_commands() {
    local dir=$1 name
    mkdir -p "$dir/bin" "$dir/live"
    rm -f "$dir"/bin/* "$dir"/live/{,.}[!.]*
    cp "$BRIDGE/shim" "$dir/bin/gx"
    for name in zfs zpool zstream zdb; do
        ln "$dir/bin/gx" "$dir/bin/$name"
    done
    touch "$dir"/connect-{general,zpool}
    # Tickets may be drawn by any user whose tests use the guest.
    chmod 1777 "$dir/live"
}

# Below the range from which the system takes ports for outgoing connections.
random_port() { echo $((20000 + SRANDOM % 12000)); }

KERNEL_SETTINGS=(
    console=ttyS0 quiet panic=-1
    # Nobody attacks this machine, and under emulation every one of these costs.
    mitigations=off init_on_alloc=0 hardened_usercopy=off randomize_kstack_offset=off
    lsm= audit=0 nowatchdog cgroup_disable=memory
)

# launch_qemu DIR MEMORY_MB PORT ZPOOL_PORT
# "restrict" keeps the guest away from the host and the network; forwarded ports still work.
launch_qemu() {
    local dir=$1 memory=$2 network
    network=user,id=net0,restrict=on
    network+=,hostfwd=tcp:127.0.0.1:$3-10.0.2.15:7001
    network+=,hostfwd=tcp:127.0.0.1:$4-10.0.2.15:7002
    qemu-system-x86_64 -accel tcg,thread=multi -machine q35 -cpu qemu64 -smp 1 -m "$memory" \
        -nodefaults -display none -no-reboot -serial "file:$dir/console.log" \
        -kernel "$IMAGE/vmlinuz" -initrd "$IMAGE/initrd" \
        -append "${KERNEL_SETTINGS[*]} lab_name=lab" \
        -netdev "$network" -device virtio-net-pci,netdev=net0,romfile= \
        -daemonize -pidfile "$dir/qemu.pid" </dev/null >"$dir/qemu.log" 2>&1
}

# qemu itself finds out whether a port is free, so that two labs cannot both believe so.
launch_on_free_ports() {
    local dir=$1 memory=$2 attempt port zpool_port
    for ((attempt = 1; attempt <= START_ATTEMPTS; attempt++)); do
        port=$(random_port)
        zpool_port=$(random_port)
        rm -f "$dir"/{qemu.pid,console.log,port}
        if launch_qemu "$dir" "$memory" "$port" "$zpool_port"; then
            echo "$port $zpool_port" >"$dir/port.new"
            mv "$dir/port.new" "$dir/port"
            return 0
        fi
        grep -q 'host forwarding' "$dir/qemu.log" || break
    done
    cat "$dir/qemu.log" >&2
    die "qemu did not start"
}

# Each zygote listens for itself, and the emulated network accepts connections before the guest
# does. So every way in is tried, not only one.
guest_answers() {
    local bin=$1/bin
    grep -qs 'lab: READY' "$1/console.log" &&
        "$bin/gx" true && "$bin/zfs" version && "$bin/zpool" version && "$bin/zpool" list
}

await_ready() {
    local dir=$1 begin=$EPOCHREALTIME next_line=10
    until guest_answers "$dir" >/dev/null 2>&1; do
        if ! guest_pid "$dir" >/dev/null; then
            tail -n 10 "$dir/qemu.log" "$dir/console.log" >&2
            die "the guest ended while it started"
        fi
        if (($(whole_seconds_since "$begin") >= READY_SECONDS)); then
            stop_guest "$dir"
            tail -n 10 "$dir/console.log" >&2
            die "the guest did not get ready in $READY_SECONDS s"
        fi
        if (($(whole_seconds_since "$begin") >= next_line)); then
            say "the guest boots: $next_line s, $(tail -n 1 "$dir/console.log" | tr -d '\r' | cut -c 1-60)"
            next_line=$((next_line + 10))
        fi
        sleep 0.05
    done
}

# start_guest DIR SERIES MEMORY_MB OWNER_PID
start_guest() {
    local dir=$1 series=$2 memory=$3 owner=$4 begin=$EPOCHREALTIME lock pid
    if ! locate_products "$series" || [[ ! -d $IMAGE || ! -d $BRIDGE ]]; then
        die "nothing built for ZFS $series yet, or sources changed: lab/lab build --zfs $series"
    fi
    mkdir -p "$dir"
    exec {lock}>"$dir/lock"
    flock "$lock"
    if pid=$(guest_pid "$dir"); then
        [[ $(cat "$dir/series") == "$series" ]] ||
            die "a guest with ZFS $(cat "$dir/series") runs in $dir; stop it first"
        say "already running (pid $pid)"
    else
        install_commands "$dir"
        echo "$series" >"$dir/series"
        # The guest lives on: it must not inherit the lock.
        launch_on_free_ports "$dir" "$memory" {lock}>&-
        remember_guest "$dir"
    fi
    if [[ -n $owner ]]; then
        setsid "$BRIDGE/keeper" "$owner" "$(guest_pid "$dir")" \
            </dev/null >/dev/null 2>&1 {lock}>&- &
    fi
    await_ready "$dir" {lock}>&-
    exec {lock}>&-
    say "ready: OpenZFS $series in $dir (started in $(seconds_since "$begin") s)"
    echo "export PATH=$dir/bin:\$PATH"
}

stop_guest() {
    local dir=$1 pid tries=0
    if pid=$(guest_pid "$dir"); then
        # Nothing in the guest is worth an orderly end.
        kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do
            ((++tries < 60)) || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.05
        done
        say "stopped the guest in $dir"
    else
        say "no guest runs in $dir"
    fi
    rm -f "$dir/qemu.pid" "$dir/port"
}

print_status() {
    local dir pid none=yes
    while read -r dir; do
        pid=$(guest_pid "$dir") || continue
        none=no
        echo "running: $dir (OpenZFS $(cat "$dir/series"), pid $pid, ports $(cat "$dir/port"))"
    done < <(known_guests)
    [[ $none == no ]] || echo "no guest is running"
}
