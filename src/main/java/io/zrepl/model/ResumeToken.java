package io.zrepl.model;

/**
 * An undecoded {@code receive_resume_token}. It comes from the other side and must be validated
 * before use; it lets its holder ask for data, so that it never appears in a log.
 *
 * @param text as {@code zfs send -t} takes it
 */
public record ResumeToken(String text) {

  /** A text that does not give the token away. */
  @Override
  public String toString() {
    return "ResumeToken[" + text.length() + " characters]";
  }
}
