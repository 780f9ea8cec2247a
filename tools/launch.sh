# shellcheck shell=sh
# How the JVM is started. Sourced by ./zrepl and by /usr/bin/zrepl of the package.

# Without a locale, the JVM can neither name nor open files whose names are not ASCII. No option changes that (JDK 25).
# A locale that the user has chosen stays. The commands that zrepl starts get LC_ALL=C all the same; hooks see this.
zrepl_choose_locale() {
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
    C | POSIX)
      # The terminal does not change with that.
      ZREPL_TERMINAL_ASCII=1
      export ZREPL_TERMINAL_ASCII
      if [ -n "${LC_ALL:-}" ]; then
        LC_ALL=C.UTF-8
        export LC_ALL
      else
        LC_CTYPE=C.UTF-8
        export LC_CTYPE
      fi
      ;;
  esac
}

# ARGUMENT…: sets
#   verb         the first argument that is neither an option nor the value of --config
#   main_class
#   common       options for all commands
#   aot_kind     which start-up cache fits: commands, daemon
#   options      options for this one
zrepl_choose_options() {
  verb=
  zrepl_skip=
  for zrepl_argument in "$@"; do
    if [ -n "$zrepl_skip" ]; then
      zrepl_skip=
    else
      case $zrepl_argument in
        --config) zrepl_skip=yes ;;
        -*) ;;
        *) verb=$zrepl_argument; break ;;
      esac
    fi
  done

  # The manifest of the jar names the libraries, so that the class path is always the same one.
  # shellcheck disable=SC2034
  main_class=io.zrepl.cli.Main
  # Common to all commands, since a start-up cache only serves the collector and the object layout it was made with.
  # What the JVM has to say goes to stderr, since stdout may be read by a program; that a cache does not fit is no news.
  # shellcheck disable=SC2034
  common="-Xlog:disable -Xlog:all=warning,aot*=off,cds*=off:stderr -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:-UsePerfData -Xss512k --enable-native-access=ALL-UNNAMED"
  # shellcheck disable=SC2034
  aot_kind=commands
  if [ "$verb" = daemon ]; then
    # shellcheck disable=SC2034
    aot_kind=daemon
    # A small heap to begin with, not a share of the machine's memory. Both compilers: encrypting at full speed needs the
    # second. Out of memory: end and let the service manager restart us, since ZFS holds all state.
    # What the compilers took is given back to the system when they are done.
    # A damaged start-up cache would crash the JVM: 25 ms to check it are well spent on a program that runs for months.
    options="-Xms16m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -XX:ReservedCodeCacheSize=64m -XX:TrimNativeHeapInterval=60000 -XX:+ExitOnOutOfMemoryError -XX:+VerifySharedSpaces"
  else
    options="-XX:TieredStopAtLevel=1"
  fi
  if [ "$verb" = status ] && [ -t 1 ]; then
    zrepl_columns=$(stty size 2>/dev/null </dev/tty) && options="$options -Dzrepl.terminal.columns=${zrepl_columns#* }"
  fi
}
