# shellcheck shell=sh
# Finds JDK 25. Sourced by ./build and ./zrepl; sets JAVA_HOME, or says what to install and returns 1.
# Looked at in this order: $ZREPL_JAVA_HOME, $JAVA_HOME, the usual folders, the java in PATH.

zrepl_is_java25() { # FOLDER: is it the home of a Java 25 runtime?
  [ -x "$1/bin/java" ] || return 1
  # The release file answers without starting a JVM, which would cost every command 50 ms.
  if [ -r "$1/release" ]; then
    while read -r zrepl_line || [ -n "$zrepl_line" ]; do
      case $zrepl_line in 'JAVA_VERSION="25"'* | 'JAVA_VERSION="25.'*) return 0 ;; esac
    done <"$1/release"
    return 1
  else
    "$1/bin/java" -version 2>&1 | grep -q 'version "25[".]'
  fi
}

zrepl_find_java25() { # [jdk]: with "jdk", a compiler is needed too
  # What somebody set for us is used or refused, never passed over.
  if [ -n "${ZREPL_JAVA_HOME:-}" ] && ! zrepl_is_java25 "$ZREPL_JAVA_HOME"; then
    echo "zrepl: ZREPL_JAVA_HOME=$ZREPL_JAVA_HOME is not the folder of a JDK 25; correct or unset it" >&2
    return 1
  fi
  for zrepl_home in "${ZREPL_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    /usr/lib/jvm/*25* /opt/*jdk*25* /usr/local/*jdk*25* "${HOME:-}"/.sdkman/candidates/java/25* PATH; do
    if [ "$zrepl_home" = PATH ]; then
      zrepl_home=$(command -v java 2>/dev/null) || continue
      zrepl_home=$(dirname "$(dirname "$(readlink -f "$zrepl_home")")")
    fi
    [ -n "$zrepl_home" ] || continue
    zrepl_is_java25 "$zrepl_home" || continue
    [ "${1:-}" != jdk ] || [ -x "$zrepl_home/bin/javac" ] || continue
    JAVA_HOME=$zrepl_home
    export JAVA_HOME
    return 0
  done
  cat >&2 <<'EOF'
zrepl: no JDK 25 found.
  Looked at ZREPL_JAVA_HOME, JAVA_HOME, /usr/lib/jvm, /opt, /usr/local, ~/.sdkman and the java in PATH.
  Install one, for example:
    Debian 13 or later:  apt-get install openjdk-25-jdk-headless
    elsewhere:           Eclipse Temurin 25 (package temurin-25-jdk, or its archive unpacked under /opt)
  If it is installed elsewhere, set ZREPL_JAVA_HOME to its folder.
EOF
  return 1
}
