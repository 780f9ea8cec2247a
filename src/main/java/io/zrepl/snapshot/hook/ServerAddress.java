package io.zrepl.snapshot.hook;

import java.nio.file.Path;

/** Where a database server waits. */
sealed interface ServerAddress {

  /**
   * A host.
   *
   * @param host name or address; IPv6 without brackets
   * @param port from 1 to 65535
   */
  record Tcp(String host, int port) implements ServerAddress {
    /** As in a URL. */
    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * A socket file on this machine.
   *
   * @param path the file
   */
  record Unix(Path path) implements ServerAddress {}
}
