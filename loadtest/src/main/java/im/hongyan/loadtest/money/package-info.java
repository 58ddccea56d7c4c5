/**
 * The verdict on money: what clients were told of it ({@link im.hongyan.loadtest.money.MoneyHistory}) against what the server
 * shows them at the end ({@link im.hongyan.loadtest.money.Books}), rule by rule.
 */
package im.hongyan.loadtest.money;
