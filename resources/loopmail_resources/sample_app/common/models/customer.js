'use strict';

module.exports = (Customer) => {
  // A new customer gets a word of welcome.
  Customer.afterRemote('create', (context, customer, next) => {
    Customer.app.models.Email.send({
      to: customer.email,
      from: 'Coffee Shop <barista@example.com>',
      subject: 'Welcome to the coffee shop',
      text: `Hello ${customer.fullName}, your first cup is on us.`,
    }, (err) => next(err));
  });
};
