package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.zfs.SendFlags;

/** {@code send}. */
final class SendSection extends Section<SendFlags> {
  private final Field<Boolean> encrypted =
      flag("encrypted", "`-w`, and filesystems that are not natively encrypted are refused.");
  private final Field<Boolean> raw = flag("raw", "`-w`: encrypted data is sent as it is on disk.");
  private final Field<Boolean> sendProperties = flag("send_properties", "`-p`");
  private final Field<Boolean> backupProperties = flag("backup_properties", "`-b`");
  private final Field<Boolean> largeBlocks = flag("large_blocks", "`-L`");
  private final Field<Boolean> compressed = flag("compressed", "`-c`");
  private final Field<Boolean> embeddedData = flag("embedded_data", "`-e`");
  private final Field<Boolean> saved = flag("saved", "`-S`");

  SendSection() {
    super("send", "Options of zfs-send(8).");
    planned("bandwidth_limit");
  }

  private Field<Boolean> flag(String key, String meaning) {
    return optional(key, ConfigurationKinds.BOOL, "false", meaning);
  }

  @Override
  protected SendFlags build(Values values) {
    return new SendFlags(
        values.get(encrypted),
        values.get(raw),
        values.get(sendProperties),
        values.get(backupProperties),
        values.get(largeBlocks),
        values.get(compressed),
        values.get(embeddedData),
        values.get(saved));
  }
}
