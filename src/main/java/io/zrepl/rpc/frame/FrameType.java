package io.zrepl.rpc.frame;

import java.util.Optional;

/** What a frame carries. The numbers are those on the wire, compared as a whole. */
public enum FrameType {
  /** Name of the request. */
  REQUEST_HEADER(1, false),
  /** Its parameters. */
  REQUEST(2, false),
  /** Whether it succeeded. */
  RESPONSE_HEADER(3, false),
  /** Its result. */
  RESPONSE(4, false),
  /** Part of a ZFS stream. */
  ZFS_STREAM(5, false),
  /** Why a stream broke; its end follows. */
  SOURCE_ERROR(0x0001_0000, false),
  /** End of a message or stream. */
  END(0x0002_0000, true),
  /** Sign of life. */
  HEARTBEAT(0x0100_0000, true),
  /** Its sender closes the connection. */
  SHUTDOWN(0x1000_0000, true);

  private final int number;
  private final boolean empty;

  FrameType(int number, boolean empty) {
    this.number = number;
    this.empty = empty;
  }

  int number() {
    return number;
  }

  /** Whether it never has a payload. */
  boolean isEmpty() {
    return empty;
  }

  static Optional<FrameType> of(int number) {
    for (FrameType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
