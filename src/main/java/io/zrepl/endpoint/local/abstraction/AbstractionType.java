package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The kinds of objects that zrepl keeps in ZFS, in the order in which they are listed. */
public enum AbstractionType {
  /** A hold on the two snapshots of a step, on the sender. */
  STEP_HOLD("step-hold"),
  /** A hold on the newest received snapshot, on the receiver. */
  LAST_RECEIVED_HOLD("last-received-hold"),
  /** A bookmark of one of the two snapshots of a step, on the sender. */
  TENTATIVE_CURSOR("tentative-replication-cursor-bookmark-v2"),
  /** A bookmark of the newest confirmed snapshot, on the sender. */
  CURSOR("replication-cursor-bookmark-v2"),
  /** The bookmark of very old versions, without job; never made any more. */
  LEGACY_CURSOR("replication-cursor-bookmark-v1");

  private final String text;

  AbstractionType(String text) {
    this.text = text;
  }

  /** Its name on the command line and in JSON. */
  public String text() {
    return text;
  }

  /** Whether it is a hold; otherwise it is a bookmark. */
  public boolean isHold() {
    return this == STEP_HOLD || this == LAST_RECEIVED_HOLD;
  }

  /**
   * Recognises a name.
   *
   * @throws InvalidValueException if there is no such type; the message names all of them
   */
  public static AbstractionType parse(String text) throws InvalidValueException {
    for (AbstractionType type : values()) {
      if (type.text.equals(text)) {
        return type;
      }
    }
    String known =
        Arrays.stream(values()).map(AbstractionType::text).collect(Collectors.joining(", "));
    throw new InvalidValueException(
        "there is no abstraction type \"%s\"; there are: %s".formatted(text, known));
  }
}
