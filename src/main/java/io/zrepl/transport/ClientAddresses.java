package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ClientIdentity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who a TCP client is, by its address ({@code serve.clients}).
 *
 * <p>An entry is an address with an identity, or a network with an identity that has one {@code *},
 * for which the client's address stands, followed by {@code -} and its zone if it has one. The
 * smallest network that contains the address decides.
 */
public final class ClientAddresses {
  private static final String LONGEST_ADDRESS = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  private static final String LONGEST_ZONE = "-" + "z".repeat(16);

  private record Entry(AddressRange range, String identity) {}

  private final List<Entry> entries;

  private ClientAddresses(List<Entry> entries) {
    this.entries = entries;
  }

  /**
   * Makes the map.
   *
   * @param identities address or network, as written, to identity
   * @throws InvalidValueException if an entry is malformed; the message names it
   */
  public static ClientAddresses of(Map<String, String> identities) throws InvalidValueException {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, String> each : identities.entrySet()) {
      AddressRange range = AddressRange.parse(each.getKey());
      requireIdentity(each.getKey(), range, each.getValue());
      entries.add(new Entry(range, each.getValue()));
    }
    entries.sort(Comparator.comparing(Entry::range));
    requireOneIdentityEach(entries);
    return new ClientAddresses(List.copyOf(entries));
  }

  private static void requireOneIdentityEach(List<Entry> sorted) throws InvalidValueException {
    for (int i = 1; i < sorted.size(); i++) {
      Entry one = sorted.get(i - 1);
      Entry other = sorted.get(i);
      if (one.range.compareTo(other.range) == 0 && !one.identity.equals(other.identity)) {
        throw new InvalidValueException(
            "\"%s\" and \"%s\" are the identities of the same address or network, written in two ways"
                .formatted(one.identity, other.identity));
      }
    }
  }

  private static void requireIdentity(String address, AddressRange range, String identity)
      throws InvalidValueException {
    long stars = identity.chars().filter(c -> c == '*').count();
    if (!range.isNetwork() && stars > 0) {
      throw new InvalidValueException(
          "the identity \"%s\" of the single address %s must not have a \"*\""
              .formatted(identity, address));
    }
    if (range.isNetwork() && stars != 1) {
      throw new InvalidValueException(
          "the identity \"%s\" of the network %s needs exactly one \"*\", for which the client's address stands"
              .formatted(identity, address));
    }
    try {
      ClientIdentity.parse(identity.replace("*", LONGEST_ADDRESS + LONGEST_ZONE));
    } catch (InvalidValueException e) {
      throw new InvalidValueException(
          "the identity of %s is not valid: %s".formatted(address, e.getMessage()));
    }
  }

  /**
   * Who a client is.
   *
   * @param address 4 or 16 bytes
   * @param zone of an IPv6 address, otherwise empty
   * @return empty if it must be refused
   */
  public Optional<ClientIdentity> identityOf(byte[] address, String zone) {
    return entries.stream()
        .filter(entry -> entry.range.contains(address, zone))
        .findFirst()
        .flatMap(entry -> identity(entry, address, zone));
  }

  private static Optional<ClientIdentity> identity(Entry entry, byte[] address, String zone) {
    String text = AddressRange.format(address) + (zone.isEmpty() ? "" : "-" + zone);
    try {
      return Optional.of(ClientIdentity.parse(entry.identity.replace("*", text)));
    } catch (InvalidValueException e) {
      return Optional.empty(); // a zone with a character that no identity can have
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClientAddresses that && that.entries.equals(entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  /** The entries, the smallest networks first. */
  @Override
  public String toString() {
    return entries.toString();
  }
}
