package io.zrepl.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that needs real ZFS. Its constructor or test methods may ask for a {@link Guest};
 * before each test the guest's pools are destroyed and {@code src} and {@code dst} are made anew.
 * When a test fails, the state of the pools and the end of the guest's log are printed.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@Timeout(300)
@ExtendWith(LabExtension.class)
public @interface LabTest {
  /** The OpenZFS series, {@code 2.3} or {@code 2.1}. */
  String zfs() default "2.3";

  /** Size of each pool in MiB. */
  int poolSize() default 256;
}
