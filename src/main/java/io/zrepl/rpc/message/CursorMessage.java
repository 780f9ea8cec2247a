package io.zrepl.rpc.message;

import io.zrepl.model.Guid;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code ReplicationCursorRes}. */
public final class CursorMessage {
  private static final int GUID = 1;
  private static final int NOT_EXIST = 2;

  private CursorMessage() {}

  /** Writes it. */
  public static byte[] encode(Optional<Guid> cursor) {
    return cursor.isPresent()
        ? new Encoder().evenZero(GUID, cursor.get().value()).bytes()
        : new Encoder().truth(NOT_EXIST, true).bytes();
  }

  /**
   * Parses it.
   *
   * @throws InvalidMessageException if it is malformed, or says nothing
   */
  public static Optional<Guid> parse(byte[] bytes) throws InvalidMessageException {
    AtomicReference<@Nullable Optional<Guid>> result = new AtomicReference<>();
    Fields.read(
        "ReplicationCursorRes",
        bytes,
        field -> {
          if (field.isNumber(GUID)) {
            result.set(Optional.of(new Guid(field.number())));
          } else if (field.isNumber(NOT_EXIST)) {
            field.truth();
            result.set(Optional.empty());
          }
        });
    Optional<Guid> cursor = result.get();
    if (cursor == null) {
      throw new InvalidMessageException("ReplicationCursorRes has no result");
    }
    return cursor;
  }
}
