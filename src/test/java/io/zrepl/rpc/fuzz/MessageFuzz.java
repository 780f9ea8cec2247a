package io.zrepl.rpc.fuzz;

import io.zrepl.rpc.message.MessageProbe;

/** Every protobuf message. */
public final class MessageFuzz {
  private MessageFuzz() {}

  /** Called by Jazzer, and with the corpus by the build. */
  public static void fuzzerTestOneInput(byte[] input) {
    MessageProbe.parseAll(input);
  }
}
