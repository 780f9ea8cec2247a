package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.config.schema.Words;
import io.zrepl.zfs.PlaceholderEncryption;

/** {@code recv}. */
final class ReceiveSection extends Section<PlaceholderEncryption> {
  private final Field<PlaceholderEncryption> placeholder =
      withDefaults("placeholder", new Placeholder(), "How missing parents are created.");

  ReceiveSection() {
    super("recv", "How streams are received.");
  }

  @Override
  protected PlaceholderEncryption build(Values values) {
    return values.get(placeholder);
  }

  private static final class Placeholder extends Section<PlaceholderEncryption> {
    private final Field<PlaceholderEncryption> encryption =
        optional(
            "encryption",
            Words.<PlaceholderEncryption>named("placeholder encryption")
                .word("unspecified", PlaceholderEncryption.UNSPECIFIED)
                .word("inherit", PlaceholderEncryption.INHERIT)
                .word("off", PlaceholderEncryption.OFF)
                .kind(),
            "unspecified",
            "How a placeholder gets its encryption. `unspecified` refuses to create one, except for a client's own root.");

    Placeholder() {
      super("recv placeholder", "Datasets created because a received one needs a parent.");
    }

    @Override
    protected PlaceholderEncryption build(Values values) {
      return values.get(encryption);
    }
  }
}
