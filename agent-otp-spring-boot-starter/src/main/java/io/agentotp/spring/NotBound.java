package io.agentotp.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The permission does not cover this parameter: the approver is told its name but not its
 * value, and it may change without refusing the call. For what has no JSON form, such as
 * a stream or a callback.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface NotBound {

}
