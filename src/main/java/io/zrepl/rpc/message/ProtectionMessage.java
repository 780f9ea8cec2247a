package io.zrepl.rpc.message;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code ReplicationConfig} with its only content. */
final class ProtectionMessage {
  private static final int PROTECTION = 1;
  private static final int INITIAL = 1;
  private static final int INCREMENTAL = 2;

  private int initial;
  private int incremental;

  private ProtectionMessage() {}

  static byte[] encode(ReplicationProtection protection) {
    byte[] inner =
        new Encoder()
            .word(INITIAL, number(protection.initial()))
            .word(INCREMENTAL, number(protection.incremental()))
            .bytes();
    return new Encoder().message(PROTECTION, inner).bytes();
  }

  private static int number(ReplicationGuarantee guarantee) {
    return switch (guarantee) {
      case RESUMABILITY -> 1;
      case INCREMENTAL -> 2;
      case NOTHING -> 3;
    };
  }

  /**
   * Parses it.
   *
   * @param bytes null if it was left out, which nobody may
   */
  static ReplicationProtection parse(byte @Nullable [] bytes) throws InvalidMessageException {
    if (bytes == null) {
      throw new InvalidMessageException("ReplicationConfig is missing");
    }
    AtomicReference<byte @Nullable []> inner = new AtomicReference<>();
    Fields.read(
        "ReplicationConfig",
        bytes,
        field -> {
          if (field.isText(PROTECTION)) {
            inner.set(field.bytes());
          }
        });
    byte[] content = inner.get();
    if (content == null) {
      throw new InvalidMessageException("ReplicationConfig.protection is missing");
    }
    ProtectionMessage message = new ProtectionMessage();
    Fields.read("ReplicationConfigProtection", content, message::field);
    return new ReplicationProtection(
        guarantee("Initial", message.initial), guarantee("Incremental", message.incremental));
  }

  private void field(Fields field) throws IOException {
    if (field.isNumber(INITIAL)) {
      initial = field.word();
    } else if (field.isNumber(INCREMENTAL)) {
      incremental = field.word();
    }
  }

  private static ReplicationGuarantee guarantee(String field, int number)
      throws InvalidMessageException {
    return switch (number) {
      case 1 -> ReplicationGuarantee.RESUMABILITY;
      case 2 -> ReplicationGuarantee.INCREMENTAL;
      case 3 -> ReplicationGuarantee.NOTHING;
      default ->
          throw new InvalidMessageException(
              "ReplicationConfigProtection.%s: no guarantee has the number %d"
                  .formatted(field, number));
    };
  }
}
