package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.reject;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passwords are never shown, whatever is wrong with a file. */
class SecretsTest {
  private static final String PASSWORD = "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8";

  /** Parts of the password of this length must not be shown either. */
  private static final int WINDOW = 6;

  static Stream<String> files() {
    return Stream.of(
            "hooks: [{type: mysql-lock-tables, dsn: 'u:PW@tcp(h)'}]",
            "hooks: [{type: mysql-lock-tables, dsn: 'u:PW@tcp(h)'}",
            "hooks: [{type: mysql-lock-tables, dns: \"lock:PW@tcp(h)/\"}]",
            "hooks: [{type: mysql-lock-tables, dns: \"PW\"}]",
            "hooks: [{type: mysql-lock-tables, DSN: \"PW\"}]",
            "hooks: [{type: mysql-lock-tables, dsn2: \"PW\"}]",
            "hooks: [{type: mysql-lock-tables, data_source_name: \"lock:PW@tcp(h)/\"}]",
            "hooks: [{type: mysql-lock-tables, password: PW}]",
            "hooks: [\"lock:PW@tcp(h)/\"]",
            "hooks: [\"PW\"]",
            "hooks: \"PW\"",
            "hooks: [[PW]]",
            "hooks: {dsn: PW}",
            "hooks: [{dsn, \"host=h password=PW\"}]",
            "hooks: [{dsn: \"PW\": 1}]",
            "hooks: [dsn, PW]",
            "hooks: [{type: mysql-lock-tables, dsn: a #PW",
            "hooks: [{type: mysql-lock-tables, dsn: lock:P,PW@tcp(h)/, filesystems: {a: true}}]",
            "hooks: [{type: mysql-lock-tables, dsn: {PW: PW}}]",
            "hooks: [{type: mysql-lock-tables, dsn: [PW, PW], timeout: 0s}]",
            "hooks: [{type: mysql-lock-tables, dsn: a, dsn: PW}]",
            "hooks: [{type: mysql-lock-tables, dsn: *PW}]",
            "hooks: [{type: mysql-lock-tables, dsn: !PW!x y}]",
            "hooks: [{type: mysql-lock-tables, dsn: &x PW, timeout: *x}]",
            "hooks: [{type: mysql-lock-tables, timeout: &x PW, dsn: *x}]",
            "hooks: [{type: mysql-lock-tables, ? dsn : PW, timeout: 0}]")
        .map(hooks -> periodic(hooks.replace("PW", PASSWORD)));
  }

  static Stream<String> texts() {
    return Stream.of(
            "dsn: PW",
            "dsn:\n @PW",
            "dsn:\n  host=h password=PW: x: y",
            "dsn:\nhost=h password=PW: x: y",
            "jobs: {dsn: >\n  host=h password=PW\u0001\n}",
            "dsn: >\n  host=h password=PW\u0001\n",
            "dsn: |\n  PW\n  PW\n @",
            "- dsn: |\n    PW\n   PW\n @",
            "jobs: [{dsn: &x PW, name: *x}]",
            "jobs: {dsn: |\n  PW\n  PW\n @",
            "jobs:\n- type: push\n  hooks:\n  - {type: mysql-lock-tables,\n     dns:\n     \"lock:PW@tcp(h)/\"}\n",
            "jobs:\n- type: push\n  dsn: 'PW\n  name: x",
            "jobs:\n- type: push\n  DSN\n    PW\n  name: x",
            "jobs:\n- type: push\n  dsn: \"a\" PW\n",
            "jobs: [PW:PW@x]: 1",
            "jobs:\n- type: push\n  dsn = PW\n  name: x",
            "dsn: [PW")
        .map(text -> text.replace("PW", PASSWORD));
  }

  @ParameterizedTest
  @MethodSource({"files", "texts"})
  void noMessageShowsAPassword(String text) {
    assertShownNothing(reject(text).render(), text);
  }

  @Test
  void whatStandsBesideASecretIsShown() {
    String text =
        periodic(
            "hooks: [{type: mysql-lock-tables, dsn: 'u:p@/', timeout: 1x, filesystems: {a: true}}, {type: comand}]");
    assertThat(reject(text).problems())
        .extracting(Problem::message)
        .anyMatch(message -> message.contains("\"1x\""))
        .anyMatch(message -> message.contains("did you mean \"command\"?"));
    assertThat(reject(text).render())
        .contains("dsn: *******, timeout: 1x, filesystems: {a: true}}, {type: comand}]");
    assertThat(
            reject("jobs:\n- hooks:\n  - dsn: 'u:p@/\n    type: x\n  - @x\n  name: x\n").render())
        .doesNotContain("u:p");
  }

  @Test
  void namesThatOnlySoundLikePasswordsAreShown() {
    assertThat(
            ConfigurationText.load(
                    ConfigurationText.push(
                        "filesystems: {\"/tank/compass\": true, /tank/pass: true, '/tank/dsn': true, \"/x/password<\": true, tank: true}"))
                .warnings())
        .hasSize(4)
        .allMatch(warning -> warning.message().startsWith("this pattern can never match"))
        .allMatch(warning -> !warning.snippet().contains("*"));
  }

  @Test
  void aMisspeltKeyIsStillCorrected() {
    assertThat(reject(periodic("hooks: [{type: mysql-lock-tables, DSN: x}]")).problems())
        .extracting(Problem::path, Problem::message)
        .contains(
            org.assertj.core.groups.Tuple.tuple(
                "jobs[0].snapshotting.hooks[0].DSN", "unknown key; did you mean \"dsn\"?"));
  }

  static LongStream seeds() {
    long start = Long.getLong("zrepl.test.seed", 20_260_704L);
    return LongStream.range(start, start + 12);
  }

  private static final List<String> TEMPLATES =
      List.of(
          "{type: mysql-lock-tables, KEY: \"lock:PW@tcp(h:3306)/\", filesystems: {a: true}}",
          "{type: mysql-lock-tables, KEY: lock:PW@tcp(h)/, timeout: 0, filesystems: {a: true}}",
          "{type: postgres-checkpoint, KEY: 'host=h password=PW', filesystems: {a: true}}",
          "{type: postgres-checkpoint, filesystems: {a: true}, KEY: host=h password=PW user=x}",
          "{type: postgres-checkpoint, KEY: &a \"postgres://u:PW@h/d\", filesystems: {a: 1}}",
          "{type: postgres-checkpoint,\n      KEY:\n        \"postgres://u:PW@h/d\",\n      filesystems: {a: true}}",
          "{type: postgres-checkpoint,\n      \"KEY\": 'host=h\n        password=PW\n        user=x',\n      filesystems: {a: true}}");

  private static final List<String> KEYS = List.of("dsn", "dsn", "dsn", "dns", "DSN", "Dsn", "dsm");

  private static final List<String> PIECES =
      List.of(
          "~",
          "[",
          "]",
          "{",
          "}",
          ": ",
          "- ",
          "\n",
          "\n ",
          "\n        ",
          "\t",
          "\"",
          "'",
          "#",
          " #",
          "&a ",
          "*a",
          "<<: ",
          "!!str ",
          "!x ",
          "|",
          ">",
          "? ",
          "@",
          "%",
          "\u0000",
          "\u0001",
          "\ud83e\udd80",
          "\u00e4",
          "0",
          "1e+99",
          "---\n",
          "...\n",
          ",",
          ", ",
          "\\",
          "<",
          "\r",
          "\u2028",
          "\ufeff",
          " ",
          "=",
          ":");

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void noMutationOfAFileShowsAPassword(long seed) {
    Random random = new Random(seed);
    int accepted = 0;
    int rejected = 0;
    for (int round = 0; round < 400; round++) {
      String hook = TEMPLATES.get(random.nextInt(TEMPLATES.size())).replace("PW", PASSWORD);
      String text =
          mutate(
              periodic("hooks: [%s, {type: command, path: /x}]".formatted(hook)),
              KEYS.get(random.nextInt(KEYS.size())),
              random);
      String shown;
      try {
        LoadedConfiguration loaded =
            ConfigurationLoader.parse("zrepl.yml", text, ConfigurationLoader.Certificates.SKIP);
        shown =
            loaded.effective().yaml()
                + loaded.effective().json()
                + loaded.configuration()
                + loaded.warnings()
                + loaded.unsupported()
                + loaded.notPortable();
        accepted++;
      } catch (ConfigurationException e) {
        shown = e.render() + e.problems();
        rejected++;
      }
      assertShownNothing(shown, "seed %d round %d:\n%s".formatted(seed, round, text));
    }
    assertThat(accepted).as("accepted").isPositive();
    assertThat(rejected).as("rejected").isPositive();
  }

  /** Changes anything but the key before the password. */
  private static String mutate(String file, String key, Random random) {
    StringBuilder result = new StringBuilder(file);
    for (int change = 1 + random.nextInt(3); change > 0; change--) {
      int keyStart = result.indexOf("KEY");
      // More often near the password than elsewhere.
      int at =
          random.nextBoolean()
              ? keyStart + 3 + random.nextInt(50)
              : random.nextInt(result.length());
      int end = Math.min(result.length(), at + 1 + random.nextInt(WINDOW - 1));
      if (end > keyStart && at < keyStart + 3) {
        continue;
      }
      switch (random.nextInt(5)) {
        case 0 -> result.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 1 -> result.delete(at, end);
        case 2 -> result.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        case 3 -> result.insert(at, result.substring(at, end));
        default -> result.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
      }
    }
    return result.toString().replace("KEY", key);
  }

  private static void assertShownNothing(String shown, String why) {
    for (int i = 0; i + WINDOW <= PASSWORD.length(); i++) {
      assertThat(shown).as(why).doesNotContain(PASSWORD.substring(i, i + WINDOW));
    }
  }
}
