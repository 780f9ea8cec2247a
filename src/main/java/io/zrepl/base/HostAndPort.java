package io.zrepl.base;

/**
 * A network address as it is written: {@code host:port}, {@code :port} or {@code [ipv6]:port}. The
 * port may be the name of a service; nothing is looked up here. Made by {@link #parse}.
 *
 * @param host name or literal address, without brackets; empty stands for all addresses
 * @param port number or name; empty stands for any port
 */
public record HostAndPort(String host, String port) {

  /**
   * Splits an address.
   *
   * @throws InvalidValueException if the port is missing, or a literal IPv6 address has no brackets
   */
  public static HostAndPort parse(String text) throws InvalidValueException {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw invalid(text, "the port is missing");
    }
    boolean bracketed = text.startsWith("[");
    int close = text.indexOf(']');
    if (bracketed && close < 0) {
      throw invalid(text, "the \"[\" is not closed");
    }
    if (bracketed && close + 1 != colon) {
      boolean noPort = close + 1 == text.length();
      throw invalid(text, noPort ? "the port is missing" : "after \"]\" only a port is allowed");
    }
    String host = bracketed ? text.substring(1, close) : text.substring(0, colon);
    if (!bracketed && host.indexOf(':') >= 0) {
      throw invalid(
          text, "there are too many colons; a literal IPv6 address needs brackets: [::1]:8888");
    }
    if (host.matches(".*[\\[\\]].*")) {
      throw invalid(text, "brackets are only allowed around the host");
    }
    return new HostAndPort(host, text.substring(colon + 1));
  }

  private static InvalidValueException invalid(String text, String why) {
    return new InvalidValueException(
        "\"%s\" is not an address: %s; write host:port".formatted(text, why));
  }

  /** Whether the port is a number that a connection can have. */
  public boolean hasNumericPort() {
    return port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535;
  }

  /** As it is written in a file. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
