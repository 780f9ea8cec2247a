# shellcheck shell=bash
# From nothing to a guest image: kernel, ZFS, modules, bridge, image. Every product is a folder
# of the cache named after all that went into it, so it never has to be checked for freshness.
# Sourced, never run.

ZFS_SERIES=(2.3 2.1)

# zfs_libraries SERIES   Names of the library packages, which carry their ABI number.
zfs_packages() {
    local common=(zfs-dkms zfsutils-linux libnvpair3linux libuutil3linux)
    case $1 in
        2.3) echo "${common[@]}" libzfs6linux libzpool6linux ;;
        2.1) echo "${common[@]}" libzfs4linux libzpool5linux ;;
        *) die "unknown ZFS series '$1' (there are: ${ZFS_SERIES[*]})" ;;
    esac
}

# ---- which versions ------------------------------------------------------------------------

# The choice is remembered in CACHE/chosen/SERIES, so that a cached build needs neither network
# nor apt, and a new kernel on the mirror does not cost every developer a module build at once.
# 'lab build --update' chooses anew.
choose_versions() {
    local series=$1 kernel version file=$LAB_CACHE/chosen/$1
    [[ ! -e $file ]] || return 0
    setup_private_apt
    kernel=$(newest_cloud_kernel)
    [[ -n $kernel ]] || die "apt knows no cloud kernel of Debian 12 with headers"
    version=$(newest_version zfs-dkms "$series.")
    [[ -n $version ]] || die "apt knows no zfs-dkms $series"
    mkdir -p "$LAB_CACHE/chosen"
    printf '%s\n%s\n' "$kernel" "$version" >"$file.$$"
    mv "$file.$$" "$file"
    say "chosen for $series: OpenZFS $version with kernel $kernel"
}

# Sets KERNEL and ZFS_VERSION to what was chosen for a series; fails when nothing was.
read_choice() {
    [[ -e $LAB_CACHE/chosen/$1 ]] || return 1
    { read -r KERNEL && read -r ZFS_VERSION; } <"$LAB_CACHE/chosen/$1"
}

# ---- kernel and ZFS packages ---------------------------------------------------------------

fetch_kernel() {
    local tmp=$1 kernel=$2 begin=$EPOCHREALTIME image_version
    say "fetching kernel $kernel and its headers"
    setup_private_apt
    image_version=$(newest_version "linux-headers-$kernel" '')
    unpack_packages "$tmp/root" \
        "linux-image-$kernel" "linux-headers-$kernel=$image_version" \
        "linux-headers-${kernel%-cloud-amd64}-common=$image_version" \
        "linux-kbuild-${kernel%.*}"
    relocate_headers "$tmp" "$LAB_CACHE/kernel/$kernel" "$kernel"
    say "kernel unpacked ($(seconds_since "$begin") s)"
}

# Debian's header Makefile names the common headers by absolute path. Point it at the place
# where the tree is going to be, then nothing need be installed under /usr/src.
relocate_headers() {
    local tmp=$1 final=$2 kernel=$3
    sed -i "s|/usr/src/|$final/root/usr/src/|g" \
        "$tmp/root/usr/src/linux-headers-$kernel/Makefile"
}

fetch_zfs() {
    local tmp=$1 series=$2 version=$3 begin=$EPOCHREALTIME package wanted=()
    say "fetching OpenZFS $version"
    setup_private_apt
    for package in $(zfs_packages "$series"); do
        wanted+=("$package=$version")
    done
    unpack_packages "$tmp/root" "${wanted[@]}"
    say "OpenZFS unpacked ($(seconds_since "$begin") s)"
}

# ---- kernel modules ------------------------------------------------------------------------

build_modules() {
    local tmp=$1 kernel=$2 version=$3 begin=$EPOCHREALTIME
    local headers=$LAB_CACHE/kernel/$kernel/root/usr/src/linux-headers-$kernel
    local tree=$tmp/tree log=$LAB_CACHE/logs/modules-$kernel-$version.log
    mkdir -p "$LAB_CACHE/logs"
    : >"$log"
    set -m # long jobs get process groups of their own, so that finish_job can end all of one
    cp -r "$LAB_CACHE/zfs/$version/root/usr/src/zfs-${version%%-*}" "$tree"

    say "configuring the ZFS modules (one to four minutes; log: $log)"
    (cd "$tree" && exec ./configure --prefix=/usr --with-config=kernel \
        --with-linux="${headers%-cloud-amd64}-common" --with-linux-obj="$headers" \
        --disable-debug --disable-debuginfo --disable-dependency-tracking) \
        </dev/null >>"$log" 2>&1 &
    finish_job $! "configure" "$log" count_probes "$tree/build"
    say "configured ($(seconds_since "$begin") s)"

    # Debian's kernel settings ask for debug information, which we would only strip again.
    begin=$EPOCHREALTIME
    say "compiling the ZFS modules (two to five minutes)"
    make -j"$(nproc)" -C "$tree/module" KCFLAGS=-g0 </dev/null >>"$log" 2>&1 &
    finish_job $! "compile" "$log" count_objects "$tree/module"
    find "$tree/module" -name '*.ko' -exec cp {} "$tmp/" \;
    [[ -e $tmp/zfs.ko ]] || die "the build made no zfs.ko (log: $log)"
    strip --strip-debug "$tmp"/*.ko
    rm -rf "$tree"
    say "modules compiled ($(seconds_since "$begin") s)"
}

# finish_job PID LABEL LOG COUNT_COMMAND...
# Bash shields background jobs from Ctrl-C; an interrupted build must take them along.
finish_job() {
    local pid=$1 label=$2 log=$3
    shift 3
    # shellcheck disable=SC2064  # this pid, now
    trap "kill -- -$pid 2>/dev/null" EXIT
    watch_progress "$pid" "$label" "$@"
    if ! wait "$pid"; then
        tail -n 20 "$log" >&2
        die "$label failed (full log: $log)"
    fi
    trap - EXIT
}

# configure compiles hundreds of small programs to see what the kernel offers.
count_probes() { echo "$(find "$1" -name '*.o' 2>/dev/null | wc -l) probes of the kernel"; }
count_objects() { echo "$(find "$1" -name '*.o' 2>/dev/null | wc -l) objects"; }

# ---- bridge --------------------------------------------------------------------------------

# A short name for the contents of files and folders of the source tree.
hash_of() {
    (cd "$LAB_HOME" && find "$@" -type f -print0 | sort -z | xargs -0 sha256sum) |
        sha256sum | cut -c1-16
}

build_bridge() {
    local tmp=$1 src=$LAB_HOME/src flags=(-std=gnu17 -O2 -Wall -Wextra -Wshadow)
    say "building the bridge"
    gcc "${flags[@]}" -static -o "$tmp/shim" "$src"/{shim,connect,tickets,buffer}.c
    gcc "${flags[@]}" -static -o "$tmp/keeper" "$src/keeper.c"
    gcc "${flags[@]}" -static -o "$tmp/zvol-links" "$src/zvol-links.c"
    gcc "${flags[@]}" -fvisibility=hidden -shared -fPIC -o "$tmp/lab-agent.so" \
        "$src"/{agent,request,registry,buffer}.c
}

# ---- image ---------------------------------------------------------------------------------

# The virtio modules of the kernel that the guest needs; guest/init knows the order.
GUEST_DRIVERS=(
    drivers/virtio/virtio drivers/virtio/virtio_ring drivers/virtio/virtio_pci
    drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci_legacy_dev
    net/core/failover drivers/net/net_failover drivers/net/virtio_net
)

build_image() {
    local tmp=$1 kernel=$2 version=$3 bridge=$4 root=$1/root
    say "composing the guest image"
    mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc/zfs,proc,sys,dev,run,tmp,root,pools,lib/modules,lib64}
    add_busybox "$root"
    add_zfs_programs "$root" "$LAB_CACHE/zfs/$version/root"
    add_modules "$root" "$kernel" "$version"
    add_settings "$root"
    cp "$bridge/lab-agent.so" "$bridge/zvol-links" "$root/sbin/"
    cp "$LAB_HOME/guest/init" "$root/init"
    cp "$LAB_HOME"/guest/{zvol-wait,lab-pool,lab-reset} "$root/sbin/"
    (cd "$root" && find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet) \
        >"$tmp/initrd"
    cp "$LAB_CACHE/kernel/$kernel/root/boot/vmlinuz-$kernel" "$tmp/vmlinuz"
    rm -rf "$root"
}

add_busybox() {
    local root=$1 applet
    cp /bin/busybox "$root/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"
    done
}

# ZFS's own libraries come from its packages, the ones below them from this machine.
add_zfs_programs() {
    local root=$1 zfs=$2 program found libraries=lib/x86_64-linux-gnu library
    mkdir -p "$root/$libraries"
    for program in zfs zpool zstream zdb zhack zgenhostid mount.zfs; do
        for found in "$zfs/sbin/$program" "$zfs/usr/sbin/$program"; do
            [[ ! -f $found ]] || cp "$found" "$root/sbin/$program"
        done
        [[ -f $root/sbin/$program ]] || die "the ZFS packages hold no $program"
    done
    for program in "$root"/sbin/*; do
        LD_LIBRARY_PATH=$zfs/$libraries:$zfs/usr/$libraries ldd "$program"
    done | awk '$2 == "=>" { print $3 } $1 ~ "^/lib64/" { print $1 }' | sort -u |
        while read -r library; do
            case $library in
                /lib64/*) cp -L "$library" "$root/lib64/" ;;
                *) cp -L "$library" "$root/$libraries/" ;;
            esac
        done
    # Opened by name when a thread ends, so ldd does not show it.
    cp -L "/$libraries/libgcc_s.so.1" "$root/$libraries/"
}

add_modules() {
    local root=$1 kernel=$2 version=$3 driver
    cp "$LAB_CACHE/modules/${kernel}_$version"/*.ko "$root/lib/modules/"
    for driver in "${GUEST_DRIVERS[@]}"; do
        cp "$LAB_CACHE/kernel/$kernel/root/lib/modules/$kernel/kernel/$driver.ko" \
            "$root/lib/modules/"
    done
}

# A few users for tests of delegation, and what the C library wants to find.
add_settings() {
    local etc=$1/etc
    ln -s /proc/self/mounts "$etc/mtab"
    cat >"$etc/passwd" <<-'END'
	root:x:0:0:root:/root:/bin/sh
	alice:x:1000:1000::/tmp:/bin/sh
	bob:x:1001:1001::/tmp:/bin/sh
	nobody:x:65534:65534::/:/bin/false
	END
    cat >"$etc/group" <<-'END'
	root:x:0:
	alice:x:1000:
	bob:x:1001:
	staff:x:50:alice
	nogroup:x:65534:
	END
    printf 'passwd: files\ngroup: files\n' >"$etc/nsswitch.conf"
    printf '127.0.0.1 localhost\n10.0.2.15 lab\n' >"$etc/hosts"
}

# ---- all of it -----------------------------------------------------------------------------

# Sets BRIDGE and IMAGE to where the products of a series are, or will be.
locate_products() {
    read_choice "$1" || return 1
    BRIDGE=$LAB_CACHE/bridge/$(hash_of src lib/build.sh)
    IMAGE=$LAB_CACHE/image/${KERNEL}_${ZFS_VERSION}_$(hash_of src guest lib/build.sh)
}

# Every change of the sources makes a new bridge and image. Those that no working copy has asked
# for lately go; they are made again in seconds. Modules, which cost minutes, stay.
prune_products() {
    find "$LAB_CACHE/bridge" "$LAB_CACHE/image" -mindepth 1 -maxdepth 1 -type d -mtime +7 \
        -exec rm -rf {} +
}

# build_series SERIES
build_series() {
    local series=$1
    choose_versions "$series"
    read_choice "$series"
    locate_products "$series"
    if [[ ! -d $IMAGE || ! -d $BRIDGE ]]; then
        build_once kernel "$KERNEL" fetch_kernel "$KERNEL"
        build_once zfs "$ZFS_VERSION" fetch_zfs "$series" "$ZFS_VERSION"
        build_once modules "${KERNEL}_$ZFS_VERSION" build_modules "$KERNEL" "$ZFS_VERSION"
        build_once bridge "${BRIDGE##*/}" build_bridge
        build_once image "${IMAGE##*/}" build_image "$KERNEL" "$ZFS_VERSION" "$BRIDGE"
    fi
    touch "$IMAGE" "$BRIDGE"
    prune_products
    say "ready to start: OpenZFS $ZFS_VERSION on kernel $KERNEL"
}
