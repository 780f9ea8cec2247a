package io.zrepl.config.schema;

import io.zrepl.config.yaml.SecretKeys;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The secret keys of declared sections. A key resembles one if it begins or ends with it, but for
 * case, or is one typing error away from it, or has one of the usual words for a password in it.
 * Paths, which keys of filters are, do not.
 */
public final class SecretWords implements SecretKeys {
  private static final Pattern OTHERS =
      Pattern.compile(
          "(^|[^a-z])(pass|pwd|secrets?|credentials?)([^a-z]|$)|passw(or)?d|passphrase");

  private static final int LONGEST = 200;

  private final Set<String> secret = new HashSet<>();
  private final Set<String> known = new HashSet<>();

  /** Takes the keys of sections. */
  public SecretWords(Collection<Section<?>> sections) {
    known.add(Union.TYPE);
    for (Section<?> section : sections) {
      for (Field<?> field : section.fields()) {
        known.add(field.key());
        if (isSecret(field.kind())) {
          secret.add(field.key());
        }
      }
    }
  }

  private static boolean isSecret(Kind<?> kind) {
    return kind instanceof ScalarKind<?> scalar && scalar.isSecret();
  }

  /** Whether such values have a secret key, or are lists of such. */
  static boolean holdSecrets(Kind<?> kind) {
    return switch (kind) {
      case Section<?> section ->
          section.fields().stream().anyMatch(field -> isSecret(field.kind()));
      case Union<?> union -> union.variants().values().stream().anyMatch(SecretWords::holdSecrets);
      case ListKind<?> list -> holdSecrets(list.element());
      case MapKind<?, ?> _, OptionalKind<?> _, ScalarKind<?> _ -> false;
    };
  }

  @Override
  public boolean isSecret(String key) {
    return secret.contains(key);
  }

  @Override
  public boolean resemblesSecret(String key) {
    if (secret.contains(key)) {
      return true;
    }
    if (known.contains(key) || key.indexOf('/') >= 0 || key.indexOf('<') >= 0) {
      return false;
    }
    String word = key.toLowerCase(Locale.ROOT);
    String letters = word.replaceAll("[-_\\s]", "");
    return OTHERS.matcher(word).find()
        || secret.stream()
            .anyMatch(each ->
                letters.startsWith(each)
                    || letters.endsWith(each)
                    || (letters.length() <= LONGEST && Suggestions.distance(letters, each) <= 1));
  }

  @Override
  public boolean isKnown(String key) {
    return known.contains(key);
  }
}
