package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What no line may tell, wherever in an entry it stands and in whichever format. */
class SecretsTest {
  private static final String TOKEN =
      "1-e604ea4bf-e0-789c636064000310a500c4ec50360710e72765a5269730301419a044";

  private static final List<String> TEXTS =
      List.of(
          "zfs send -t " + TOKEN + " failed",
          "host=/run user=u password=GEHEIM dbname=postgres",
          "password='GEHEIM mit \\' GEHEIM' host=x",
          "postgres://u:GEHEIM@db/x",
          "postgres://u:GEH@EIM@db/x",
          "root:GEHEIM@tcp(localhost:3306)/",
          "-----BEGIN PRIVATE KEY-----\nGEHEIM\n-----END PRIVATE KEY-----");

  @AfterEach
  void silence() {
    Silence.again();
  }

  @ParameterizedTest
  @EnumSource(LogFormat.class)
  void isHidden(LogFormat format) {
    for (String secret : TEXTS) {
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      LoggingSettings settings =
          new LoggingSettings(
              List.of(new OutletSettings.Stdout(LogLevel.DEBUG, format, true, false)));
      try (LogOutlets _ = LogOutlets.install(settings, Map.of(), output, LogObserver.NONE)) {
        LoggerFactory.getLogger("io.zrepl.job.A")
            .atError()
            .addKeyValue("err", new IllegalStateException(secret))
            .setCause(new IllegalStateException("outer", new IllegalStateException(secret)))
            .log("message: {}", secret);
      }
      assertThat(output.toString(StandardCharsets.UTF_8))
          .as(secret)
          .contains("(hidden)")
          .doesNotContain("GEH", "EIM", "789c6360");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tank/a@zrepl_20261123_031738_000",
        "1-2 of 3 steps",
        "guid=1234567890123456789 password",
        "tank/user:data@x",
        "http://[::1]:9811/metrics"
      })
  void allElseStays(String text) {
    assertThat(Secrets.hidden(text)).isEqualTo(text);
  }
}
