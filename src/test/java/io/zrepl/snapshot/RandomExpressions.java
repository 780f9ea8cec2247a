package io.zrepl.snapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Valid cron expressions that come true fairly often. */
final class RandomExpressions {
  private RandomExpressions() {}

  static String expression(Random random) {
    List<String> fields = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      fields.add(field(random, CronField.SECOND));
    }
    fields.add(field(random, CronField.MINUTE));
    fields.add(field(random, CronField.HOUR));
    // beyond the 28th, together with a month, it might never come true
    fields.add(random.nextInt(2) == 0 ? "*" : field(random, new CronField("", 1, 28, List.of())));
    fields.add(random.nextInt(2) == 0 ? "*" : field(random, CronField.MONTH));
    fields.add(random.nextInt(2) == 0 ? "?" : field(random, CronField.WEEKDAY));
    return String.join(" ", fields);
  }

  private static String field(Random random, CronField field) {
    List<String> parts = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      parts.add(part(random, field));
    }
    return String.join(",", parts);
  }

  private static String part(Random random, CronField field) {
    int a = value(random, field);
    int b = value(random, field);
    String step = random.nextInt(3) == 0 ? "/" + (1 + random.nextInt(field.most())) : "";
    return switch (random.nextInt(5)) {
      case 0 -> "*" + step;
      case 1 -> "?" + step;
      case 2, 3 -> Math.min(a, b) + "-" + Math.max(a, b) + step;
      default -> word(random, field, a) + step;
    };
  }

  private static int value(Random random, CronField field) {
    return field.least() + random.nextInt(field.most() - field.least() + 1);
  }

  private static String word(Random random, CronField field, int value) {
    return field.words().isEmpty() || random.nextBoolean()
        ? Integer.toString(value)
        : field.words().get(value - field.least());
  }
}
