package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ClientIdentity;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {
  private static final Map<String, String> NETWORKS =
      Map.of(
          "10.1.0.0/16", "site-*",
          "10.1.2.3", "host",
          "10.1.2.77/24", "lan-*",
          "fe80::/16%eth1", "san-*",
          "fd00:9::/64", "six-*");

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, '', host",
    "10.1.2.9, '', lan-10.1.2.9",
    "10.1.9.9, '', site-10.1.9.9",
    "10.2.0.1, '',",
    "::ffff:10.1.2.3, '', host",
    "fe80::1, eth1, san-fe80::1-eth1",
    "fe80::1, eth2,",
    "fe80::1, '',",
    "fe80::1, 'a/b',",
    "fd00:9::, '', six-fd00:9::",
    "fd00:9:0:0:1:0:0:1, '', six-fd00:9::1:0:0:1",
    "fd00:9:0:1::1, '',"
  })
  void smallestNetworkWithTheSameZoneDecides(String address, String zone, String identity)
      throws Exception {
    assertThat(
            ClientAddresses.of(NETWORKS)
                .identityOf(InetAddress.ofLiteral(address).getAddress(), zone)
                .map(ClientIdentity::toString))
        .isEqualTo(java.util.Optional.ofNullable(identity));
  }

  @ParameterizedTest
  @CsvSource({
    "::ffff:10.0.0.0/104, 10.1.2.3, x-10.1.2.3",
    "::ffff:10.0.0.0/104, 11.1.2.3,",
    "::ffff:10.1.2.3/128, 10.1.2.3, x-10.1.2.3",
    "::ffff:0:0/96, 10.1.2.3, x-10.1.2.3",
    "::ffff:0:0/96, fe80::1,",
    "::ffff:0:0/16, ::1, x-::1",
    "::ffff:0:0/16, 10.1.2.3,",
    "::/0, 10.1.2.3,",
    "::/0, ::ffff:10.1.2.3,",
    "::/0, fe80::1, x-fe80::1",
    "::/80, 10.1.2.3,",
    "::ffff:0:0/95, 10.1.2.3,",
    "0.0.0.0/0, ::1,"
  })
  void prefixesOfMappedAddressesCount128BitsAndFamiliesDoNotMix(
      String network, String address, String identity) throws Exception {
    assertThat(
            ClientAddresses.of(Map.of(network, "x-*"))
                .identityOf(InetAddress.ofLiteral(address).getAddress(), "")
                .map(ClientIdentity::toString))
        .isEqualTo(java.util.Optional.ofNullable(identity));
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1, 192.0.2.1", "fe80::23:42, fe80::23:42", "::1, ::1", "::, ::"})
  void networkOfAllAddressesOfAKind(String address, String identity) throws Exception {
    ClientAddresses all = ClientAddresses.of(Map.of("0.0.0.0/0", "*", "0::/0", "*"));
    assertThat(all.identityOf(InetAddress.ofLiteral(address).getAddress(), ""))
        .map(ClientIdentity::toString)
        .contains(identity);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.0.1.",
        "10.0.0.0/33",
        "::/129",
        "::/x",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "",
        "1:2",
        "[::1]"
      })
  void whatIsNoAddressIsRejected(String address) {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> ClientAddresses.of(Map.of(address, "a")))
        .withMessageContaining(address);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, a, ::ffff:10.0.0.1, b",
    "10.0.0.1, a, 10.0.0.1/32, b*",
    "10.1.2.3/24, a*, 10.1.2.0/24, b*",
    "fd00::1, a, fd00:0::1, b"
  })
  void addressThatIsWrittenInTwoWaysHasOneIdentity(
      String one, String first, String other, String second) throws Exception {
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> ClientAddresses.of(Map.of(one, first, other, second)))
        .withMessageContaining("same address or network");
    if (first.contains("*") == second.contains("*")) {
      assertThat(ClientAddresses.of(Map.of(one, first, other, first))).isNotNull();
    }
  }

  @Test
  void identityMustFitWithTheLongestAddress() {
    String prefix = "p".repeat(200);
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> ClientAddresses.of(Map.of("10.0.0.0/8", prefix + "*")))
        .withMessageContaining("at most 255");
  }
}
