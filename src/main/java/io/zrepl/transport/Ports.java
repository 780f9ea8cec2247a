package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Port numbers of addresses as they are written: a number, or the name of a service. */
final class Ports {
  private static final Path SERVICES = Path.of("/etc/services");

  private Ports() {}

  /**
   * The port of an address; none at all is 0.
   *
   * @throws TransportException if the name is not in /etc/services
   */
  static int parse(HostAndPort address) throws IOException {
    if (address.port().isEmpty()) {
      return 0;
    }
    return address.hasNumericPort() ? Integer.parseInt(address.port()) : named(address);
  }

  private static int named(HostAndPort address) throws IOException {
    if (Files.isReadable(SERVICES)) {
      for (String line : Files.readAllLines(SERVICES, StandardCharsets.ISO_8859_1)) {
        List<String> words = Arrays.asList(line.replaceFirst("#.*", "").trim().split("\\s+"));
        if (words.size() >= 2
            && words.get(1).matches("[0-9]{1,5}/tcp")
            && (words.getFirst().equals(address.port())
                || words.subList(2, words.size()).contains(address.port()))) {
          return Integer.parseInt(words.get(1).replace("/tcp", ""));
        }
      }
    }
    throw new TransportException(
        false,
        "\"%s\" has no port: \"%s\" is no number and no service of /etc/services"
            .formatted(address, address.port()),
        "write the number",
        null);
  }
}
