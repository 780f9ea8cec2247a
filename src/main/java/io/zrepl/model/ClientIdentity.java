package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/**
 * Who is at the other end of a connection; one component of a dataset path, since a sink keeps each
 * client's data below {@code root_fs/identity}. Made by {@link #parse}.
 */
public final class ClientIdentity {
  private final String text;

  private ClientIdentity(String text) {
    this.text = text;
  }

  /**
   * Checks an identity.
   *
   * @throws InvalidValueException if it is not usable as one component of a dataset path
   */
  public static ClientIdentity parse(String text) throws InvalidValueException {
    return new ClientIdentity(NameRules.requireComponent("client identity", text));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClientIdentity identity && identity.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
