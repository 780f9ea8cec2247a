# shellcheck shell=bash
# Debian packages: what must be installed on the host, and the private apt that downloads the
# rest (kernel, headers, ZFS) without installing it and without touching the host's sources.
# Sourced, never run.

DEBIAN_RELEASE=bookworm

# program-or-file  package that brings it
HOST_NEEDS=(
    "/usr/bin/qemu-system-x86_64 qemu-system-x86"
    "/usr/bin/gcc build-essential"
    "/usr/bin/make build-essential"
    "/usr/bin/dpkg-deb dpkg"
    "/usr/bin/cpio cpio"
    "/bin/busybox busybox-static"
    "/sbin/modinfo kmod"
    "/usr/bin/flock util-linux"
    "/usr/include/gelf.h libelf-dev"
    "/lib/x86_64-linux-gnu/libtirpc.so.3 libtirpc3"
    "/lib/x86_64-linux-gnu/libblkid.so.1 libblkid1"
    "/lib/x86_64-linux-gnu/libuuid.so.1 libuuid1"
    "/lib/x86_64-linux-gnu/libudev.so.1 libudev1"
    "/lib/x86_64-linux-gnu/libcrypto.so.3 libssl3"
    "/lib/x86_64-linux-gnu/libz.so.1 zlib1g"
)

missing_host_packages() {
    local entry file package
    for entry in "${HOST_NEEDS[@]}"; do
        read -r file package <<<"$entry"
        if [[ ! -e $file ]]; then
            echo "$package"
        elif [[ $package == busybox-static ]] && ! busybox_is_static; then
            echo "$package"
        fi
    done | sort -u
}

# The plain busybox package is linked dynamically and would not run in the guest.
busybox_is_static() { ! ldd /bin/busybox >/dev/null 2>&1; }

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root and there is no sudo: $*"
    fi
}

# install_host_packages ASSUME_YES
install_host_packages() {
    local assume_yes=$1 answer packages log
    mapfile -t packages < <(missing_host_packages)
    ((${#packages[@]})) || return 0
    say "to be installed on this machine with apt-get: ${packages[*]}"
    if [[ -t 0 && $assume_yes != yes ]]; then
        read -r -p "lab: install them now? [Y/n] " answer
        [[ -z $answer || $answer == [yY]* ]] || die "not installed, so nothing was built"
    fi
    log=$LAB_CACHE/host-packages.log
    : >"$log"
    if ! install_quietly "$log" "${packages[@]}"; then
        # No package lists yet (a bare machine), or lists so old that the mirror has moved on.
        say "refreshing the package lists"
        in_view "package lists" "$log" as_root apt-get update || true
        if ! install_quietly "$log" "${packages[@]}"; then
            tail -n 20 "$log" >&2
            die "apt-get could not install the packages (full log: $log)"
        fi
    fi
    say "host packages installed"
}

install_quietly() {
    local log=$1
    shift
    in_view "packages" "$log" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "$@"
}

# in_view LABEL LOG COMMAND...: its output goes to the log, and its last line is shown now and then
in_view() {
    local label=$1 log=$2
    shift 2
    "$@" >>"$log" 2>&1 &
    watch_progress $! "$label" last_line_of "$log"
    wait $!
}

last_line_of() { tail -n 1 "$1" | cut -c 1-60; }

# ---- private apt ---------------------------------------------------------------------------

APT_HOME=$LAB_CACHE/apt

# Given with -c, so it is read after the host's own settings: a proxy or credentials set up on
# the host stay in force, but sources, lists, caches and hooks are ours.
private_apt() {
    local tool=$1
    shift
    "$tool" -c "$APT_HOME/apt.conf" "$@"
}

# The base address of Debian as this machine gets it. apt itself is asked, because it knows
# every form of source file; ORIGIN comes from the signed lists, so that a vendor's repository
# that also calls its suite by Debian's code name is not taken for it.
host_debian_mirror() {
    # shellcheck disable=SC2016  # apt's placeholders
    apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null |
        awk -F'|' -v release="$DEBIAN_RELEASE" \
            '$1 == "Debian" && $2 == release && $3 == "main" { print $4; exit }'
}

setup_private_apt() {
    (
        hold_lock apt
        [[ ! -e $APT_HOME/ready ]] || exit 0
        # shellcheck source=/dev/null
        [[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$DEBIAN_RELEASE" ]] ||
            die "the lab builds on Debian 12 ($DEBIAN_RELEASE) only"
        mirror=$(host_debian_mirror)
        if [[ -z $mirror ]]; then
            say "no usable package lists on this machine: apt-get update"
            as_root apt-get update >/dev/null 2>&1 || true
            mirror=$(host_debian_mirror)
        fi
        [[ -n $mirror ]] || die "no source of Debian $DEBIAN_RELEASE main found in apt's sources"
        write_private_apt "$mirror"
        refresh_private_apt
        touch "$APT_HOME/ready"
    )
}

write_private_apt() {
    local mirror=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg option='' suite
    [[ ! -e $keyring ]] || option="[signed-by=$keyring] "
    mkdir -p "$APT_HOME"/{state/lists/partial,cache/archives/partial,empty}
    : >"$APT_HOME/state/status"
    for suite in "$DEBIAN_RELEASE"{,-updates,-backports}; do
        echo "deb $option$mirror $suite main contrib"
    done >"$APT_HOME/sources.list"
    cat >"$APT_HOME/apt.conf" <<-CONF
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	APT::Sandbox::User "root";
	APT::Architectures { "amd64"; };
	Acquire::Languages "none";
	Dir::State "$APT_HOME/state";
	Dir::State::status "$APT_HOME/state/status";
	Dir::Cache "$APT_HOME/cache";
	Dir::Etc::sourcelist "$APT_HOME/sources.list";
	Dir::Etc::sourceparts "$APT_HOME/empty";
	Dir::Etc::preferences "$APT_HOME/empty/none";
	Dir::Etc::preferencesparts "$APT_HOME/empty";
	CONF
}

refresh_private_apt() {
    say "fetching package lists into the lab's own apt (the host's stay as they are)"
    : >"$APT_HOME/update.log"
    run_logged "$APT_HOME/update.log" private_apt apt-get update
}

# newest_version PACKAGE PREFIX   The newest version that starts with PREFIX, or nothing.
newest_version() {
    private_apt apt-cache madison "$1" 2>/dev/null |
        awk -F' *[|] *' -v prefix="$2" 'index($2, prefix) == 1 { print $2 }' |
        sort --version-sort | tail -n 1
}

# newest_cloud_kernel   The release string of the newest signed cloud kernel of Debian 12 that
# also has headers. Backports carries kernels of later Debian releases; they are left out,
# because OpenZFS 2.1 does not build for them.
newest_cloud_kernel() {
    local release
    private_apt apt-cache search --names-only '^linux-image-6\.1\.[0-9.-]+-cloud-amd64$' |
        sed 's/^linux-image-\([^ ]*\) .*/\1/' | sort --version-sort --reverse |
        while read -r release; do
            if [[ -n $(newest_version "linux-headers-$release" '') ]]; then
                echo "$release"
                break
            fi
        done
}

# unpack_packages TARGET PACKAGE[=VERSION]...   Downloads and unpacks; installs nothing.
unpack_packages() {
    local target=$1 downloads=$1.debs deb
    shift
    rm -rf "$downloads"
    mkdir -p "$downloads" "$target"
    : >"$downloads/log"
    if ! (cd "$downloads" && private_apt apt-get download "$@" >>log 2>&1); then
        # The mirror drops old versions; lists that name such a one must be renewed.
        (hold_lock apt && refresh_private_apt)
        (cd "$downloads" && run_logged log private_apt apt-get download "$@")
    fi
    for deb in "$downloads"/*.deb; do
        dpkg-deb --extract "$deb" "$target"
    done
    rm -rf "$downloads"
}
