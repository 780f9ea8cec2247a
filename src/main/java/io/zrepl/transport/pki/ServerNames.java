package io.zrepl.transport.pki;

import io.zrepl.base.InvalidValueException;
import java.net.InetAddress;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;

/** Names of a server as they stand in its certificate. */
final class ServerNames {
  private static final Pattern DNS =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");

  private ServerNames() {}

  static GeneralName parse(String text) throws InvalidValueException {
    if (text.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
      try {
        if (text.indexOf(':') < 0 && !text.matches("([0-9]{1,3}\\.){3}[0-9]{1,3}")) {
          throw new IllegalArgumentException("not four numbers");
        }
        InetAddress address = InetAddress.ofLiteral(text);
        return new GeneralName(GeneralName.iPAddress, address.getHostAddress());
      } catch (IllegalArgumentException e) {
        throw new InvalidValueException("\"%s\" is not an IP address".formatted(text));
      }
    }
    if (!DNS.matcher(text).matches()) {
      throw new InvalidValueException("\"%s\" is not a DNS name".formatted(text));
    }
    return new GeneralName(GeneralName.dNSName, text);
  }
}
