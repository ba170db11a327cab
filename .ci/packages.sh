# shellcheck shell=bash
# The Debian packages this project needs, and how ./run and ./test get them.  Sourced, not run.

# To build and run haasd.  ccache and mold are used if they are there.
HAAS_BUILD_PACKAGES=(g++ cmake ninja-build pkgconf libboost1.81-dev libssl-dev libinih-dev rapidjson-dev libfmt-dev
                     libspdlog-dev libcli11-dev libsqlite3-dev libexpected-dev libre2-dev libcrypt-dev)
# To test it: the test framework, a simulated BMC (ipmi_sim), and clients other than ours.
# shellcheck disable=SC2034  # used by ./test
HAAS_TEST_PACKAGES=("${HAAS_BUILD_PACKAGES[@]}" catch2 openipmi ipmitool freeipmi-tools python3
                    python3-jsonschema python3-pyghmi python3-websockets curl openssl)

# install_missing PACKAGE...: does nothing, and needs neither root nor a network, when all are there.
install_missing() {
    local installed package missing=() as_root=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is no Debian system; going on as if these were installed: $*" >&2
        return 0
    fi
    # shellcheck disable=SC2016  # dpkg-query's own format
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for package in "$@"; do
        [[ $installed == *" installed:$package "* ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    echo "Installing: ${missing[*]}" >&2
    if ((EUID != 0)); then
        as_root=(sudo)
        # Without a terminal nobody could answer a question for a password.
        [[ -t 0 ]] || as_root=(sudo -n)
        if ! command -v sudo >/dev/null; then
            echo "Neither root nor sudo.  As root: apt-get install ${missing[*]}" >&2
            return 1
        fi
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
    "${apt[@]}" update >&2 || echo "apt-get update failed; trying with the lists that are there" >&2
    if ! "${apt[@]}" install --yes --no-remove --no-install-recommends "${missing[@]}" </dev/null >&2; then
        echo "apt-get could not install ${missing[*]}; it says why above.  Nothing is ever removed to make room:" \
             "if another version is in the way (libboost1.74-dev is), it has to go by your own hand." >&2
        return 1
    fi
}

# configure_and_build ROOT PRESET: a second call with nothing changed takes a moment.
configure_and_build() {
    local root=$1 preset=$2 build=$1/build/$2 jobs home fresh=()
    umask 022  # haasd refuses drivers that others than their owner may write
    # One compiler may take 1.2 GiB on a file that includes Beast.
    jobs=$(awk -v cpus="$(nproc)" '/^MemAvailable/ { fit = int($2 / 1258291) }
                                   END { print fit < 1 ? 1 : (fit < cpus ? fit : cpus) }' /proc/meminfo)
    # A tree that was moved or copied brings a cache that names another folder.
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt" 2>/dev/null || true)
    [[ -z $home || $home == "$root" ]] || fresh=(--fresh)
    if [[ ! -e $build/build.ninja || ${#fresh[@]} -gt 0 || $root/CMakePresets.json -nt $build/build.ninja ]]; then
        echo "Configuring $build (a first build takes some minutes)" >&2
        (cd "$root" && cmake --preset "$preset" "${fresh[@]}") >&2 || return
    fi
    cmake --build "$build" --parallel "$jobs" >&2
}
