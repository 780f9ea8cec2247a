package io.zrepl.config.yaml;

/** Which keys have values that must never be shown. Immutable. */
public interface SecretKeys {
  /** For texts of which all may be shown. */
  SecretKeys NONE =
      new SecretKeys() {
        @Override
        public boolean isSecret(String key) {
          return false;
        }

        @Override
        public boolean resemblesSecret(String key) {
          return false;
        }

        @Override
        public boolean isKnown(String key) {
          return false;
        }
      };

  /** Whether this is such a key. */
  boolean isSecret(String key);

  /** Whether such a key, or another word for a password, was probably meant. */
  boolean resemblesSecret(String key);

  /** Whether the language has this key, secret or not. */
  boolean isKnown(String key);
}
