package io.agentotp.server.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the query parameters, and for pages the fields of forms, that a route reads from
 * the request itself, beside those of its arguments. One that ends with a star begins the
 * names of several.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Parameters {

	String[] value();

}
