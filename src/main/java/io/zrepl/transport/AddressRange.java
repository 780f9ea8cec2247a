package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One address or one network, in IPv6's 128 bits: an IPv4 address is {@code ::ffff:a.b.c.d}. Ranges
 * compare smallest network first.
 */
final class AddressRange implements Comparable<AddressRange> {
  private static final int BITS = 128;
  private static final int BYTES = BITS / Byte.SIZE;
  private static final int IPV4_BYTES = 4;
  private static final int MAPPED_BYTES = BYTES - IPV4_BYTES;
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

  private final byte[] address;
  private final int prefix;
  private final boolean network;
  private final String zone;

  private AddressRange(byte[] address, int prefix, boolean network, String zone) {
    this.address = address;
    this.prefix = prefix;
    this.network = network;
    this.zone = zone;
  }

  /**
   * Parses {@code ADDRESS}, {@code ADDRESS/LENGTH} or either with {@code %ZONE}.
   *
   * @throws InvalidValueException if it is none of them
   */
  static AddressRange parse(String text) throws InvalidValueException {
    int percent = text.indexOf('%');
    String zone = percent < 0 ? "" : text.substring(percent + 1);
    String withoutZone = percent < 0 ? text : text.substring(0, percent);
    int slash = withoutZone.indexOf('/');
    String addressText = slash < 0 ? withoutZone : withoutZone.substring(0, slash);
    byte[] bytes = bytes(text, addressText);
    if (slash < 0) {
      return new AddressRange(wide(bytes), BITS, false, zone);
    }
    String lengthText = withoutZone.substring(slash + 1);
    int most = bytes.length * Byte.SIZE;
    if (!LENGTH.matcher(lengthText).matches() || Integer.parseInt(lengthText) > most) {
      throw new InvalidValueException(
          "\"%s\" is not a network: the number behind \"/\" must be 0 to %d".formatted(text, most));
    }
    int prefix = BITS - most + Integer.parseInt(lengthText);
    return new AddressRange(masked(wide(bytes), prefix), prefix, true, zone);
  }

  private static byte[] bytes(String text, String address) throws InvalidValueException {
    if (IPV4.matcher(address).matches()) {
      return ipv4(address);
    }
    if (IPV6.matcher(address).matches()) {
      try {
        // Java makes an IPv4 address of ::ffff:a.b.c.d; its prefix length counts 128 bits.
        return wide(InetAddress.ofLiteral(address).getAddress());
      } catch (IllegalArgumentException e) {
        // falls through
      }
    }
    throw new InvalidValueException(
        "\"%s\" is neither an IP address nor a network such as 10.0.0.0/8 or fe80::/16%%eth0"
            .formatted(text));
  }

  // Not by InetAddress, whose first use reads the security properties: each command would pay for
  // it.
  private static byte[] ipv4(String address) {
    byte[] result = new byte[IPV4_BYTES];
    String[] parts = address.split("\\.", -1);
    for (int i = 0; i < IPV4_BYTES; i++) {
      result[i] = (byte) Integer.parseInt(parts[i]);
    }
    return result;
  }

  private static byte[] wide(byte[] bytes) {
    if (bytes.length == BYTES) {
      return bytes.clone();
    }
    byte[] result = new byte[BYTES];
    result[10] = (byte) 0xff;
    result[11] = (byte) 0xff;
    System.arraycopy(bytes, 0, result, BYTES - IPV4_BYTES, IPV4_BYTES);
    return result;
  }

  private static byte[] masked(byte[] bytes, int prefix) {
    byte[] result = bytes.clone();
    for (int i = 0; i < BYTES; i++) {
      int kept = Math.clamp(prefix - i * Byte.SIZE, 0, Byte.SIZE);
      result[i] &= (byte) (0xff << (Byte.SIZE - kept));
    }
    return result;
  }

  /** Whether it was written with a prefix length. */
  boolean isNetwork() {
    return network;
  }

  /**
   * Whether the address, 4 or 16 bytes, lies in it and has the same zone. An IPv4 client is only in
   * networks of IPv4 addresses: {@code ::/0} means all of IPv6, although {@code ::ffff:a.b.c.d} is
   * within its bits.
   */
  boolean contains(byte[] other, String otherZone) {
    byte[] wide = wide(other);
    return zone.equals(otherZone)
        && Arrays.equals(masked(wide, prefix), address)
        && (isMapped(address) || !isMapped(wide));
  }

  private static boolean isMapped(byte[] wide) {
    return Arrays.equals(wide(new byte[IPV4_BYTES]), 0, MAPPED_BYTES, wide, 0, MAPPED_BYTES);
  }

  /** The usual text of an address: dotted for IPv4, RFC 5952 for IPv6. */
  static String format(byte[] bytes) {
    byte[] address = wide(bytes);
    if (isMapped(address)) {
      StringBuilder dotted = new StringBuilder();
      for (int i = BYTES - IPV4_BYTES; i < BYTES; i++) {
        dotted.append(dotted.isEmpty() ? "" : ".").append(address[i] & 0xff);
      }
      return dotted.toString();
    }
    StringBuilder full = new StringBuilder();
    for (int i = 0; i < BYTES; i += 2) {
      int group = (address[i] & 0xff) << Byte.SIZE | (address[i + 1] & 0xff);
      full.append(full.isEmpty() ? "" : ":").append(Integer.toHexString(group));
    }
    return compressed(full.toString());
  }

  /** Replaces the first longest run of at least two zero groups by "::". */
  private static String compressed(String full) {
    for (int zeros = 8; zeros >= 2; zeros--) {
      String run = "0" + ":0".repeat(zeros - 1);
      var matcher = Pattern.compile("(^|:)" + run + "(:|$)").matcher(full);
      if (matcher.find()) {
        return full.substring(0, matcher.start()) + "::" + full.substring(matcher.end());
      }
    }
    return full;
  }

  @Override
  public int compareTo(AddressRange other) {
    if (prefix != other.prefix) {
      return Integer.compare(other.prefix, prefix);
    }
    int order = Arrays.compareUnsigned(address, other.address);
    return order != 0 ? order : zone.compareTo(other.zone);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddressRange that
        && that.compareTo(this) == 0
        && that.network == network;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(address) + prefix;
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(address) + "/" + prefix + (zone.isEmpty() ? "" : "%" + zone);
  }
}
