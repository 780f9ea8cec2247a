package io.zrepl.config;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.zfs.SendFlags;
import java.util.Optional;

/** {@code send}. */
final class SendSection extends Section<SendOptions> {
  private final Field<Boolean> encrypted =
      flag(
          "encrypted",
          "`-w`: encrypted data is sent as it is on disk. Filesystems that are not encrypted are refused.");
  private final Field<Boolean> raw =
      flag("raw", "`-w` too, but encrypted filesystems are refused unless `encrypted` is set.");
  private final Field<Boolean> sendProperties =
      flag("send_properties", "`-p`: properties are sent along.");
  private final Field<Boolean> backupProperties =
      flag(
          "backup_properties",
          "`-b`: of properties that were received, the received values are sent.");
  private final Field<Boolean> largeBlocks =
      flag("large_blocks", "`-L`: blocks larger than 128 KiB stay so.");
  private final Field<Boolean> compressed =
      flag("compressed", "`-c`: compressed blocks are sent as they are on disk.");
  private final Field<Boolean> embeddedData =
      flag("embedded_data", "`-e`: small blocks stay embedded in their pointers.");
  private final Field<Boolean> saved =
      flag(
          "saved",
          "`-S`: sends what an interrupted receive has saved. ZFS wants no snapshot with it, so that every step fails.");
  private final Field<Optional<BandwidthLimit>> bandwidthLimit =
      withDefaults("bandwidth_limit", new BandwidthSection(), "How fast the job sends.");

  SendSection() {
    super("send", "How a job sends.");
  }

  private Field<Boolean> flag(String key, String meaning) {
    return optional(key, ConfigurationKinds.BOOL, "false", meaning);
  }

  @Override
  protected SendOptions build(Values values) {
    SendFlags flags =
        new SendFlags(
            values.get(encrypted),
            values.get(raw),
            values.get(sendProperties),
            values.get(backupProperties),
            values.get(largeBlocks),
            values.get(compressed),
            values.get(embeddedData),
            values.get(saved));
    return new SendOptions(flags, values.get(bandwidthLimit));
  }
}
